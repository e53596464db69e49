#include "server/admission.h"

#include "net/public_address.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace anytls::server {

admission::admission(const admission_options& options, bool limit_private, random_source& random)
    : limit_private_(limit_private), core_(options, random.next()) {}

std::optional<admission::ticket> admission::arrive(const asio::ip::address& from,
                                                   admission_verdict& why) {
  std::optional<source_key> key;
  if (limit_private_ || net::is_public(from))
    key = source_of(from.is_v6()
                        ? from.to_v6().to_bytes()
                        : asio::ip::make_address_v6(asio::ip::v4_mapped, from.to_v4()).to_bytes());
  return admit(key, why);
}

std::optional<admission::ticket> admission::admit(const std::optional<source_key>& key,
                                                  admission_verdict& why) {
  {
    std::lock_guard lock(mutex_);
    why = core_.arrive(key, clock::now());
  }
  if (why != admission_verdict::admitted) return std::nullopt;
  return ticket(shared_from_this(), key);
}

void admission::ticket::leave(departure otherwise) {
  const auto home = std::exchange(home_, nullptr);
  if (!home) return;
  std::lock_guard lock(home->mutex_);
  home->core_.leave(from_, otherwise == departure::gone ? how_.value_or(otherwise) : otherwise,
                    clock::now());
}

std::uint32_t admission::pending() const {
  std::lock_guard lock(mutex_);
  return core_.pending();
}

}  // namespace anytls::server
