#include "net/dialer.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace anytls::net {
namespace {

// A name with hundreds of addresses must not make us try them all.
constexpr std::size_t max_candidates = 16;
// Keeps now + timeout from overflowing.
constexpr duration longest_timeout = 24h;

}  // namespace

asio::ip::address literal(const protocol::address& target) {
  if (target.kind == protocol::address::kind::ipv4) {
    asio::ip::address_v4::bytes_type b;
    std::copy_n(target.ip.begin(), b.size(), b.begin());
    return asio::ip::address_v4(b);
  }
  asio::ip::address_v6::bytes_type b;
  std::copy_n(target.ip.begin(), b.size(), b.begin());
  return asio::ip::address_v6(b);
}

result<std::vector<tcp::endpoint>> dial_candidates(const addresses& found, std::uint16_t port,
                                                   const dial_options& options) {
  auto ordered = order_addresses(found, options.prefer);
  if (ordered.empty()) return make_error_code(errc::no_address);
  if (options.allow) std::erase_if(ordered, [&](const auto& a) { return !options.allow(a); });
  if (ordered.empty()) return make_error_code(errc::blocked);
  if (ordered.size() > max_candidates) ordered.resize(max_candidates);

  std::vector<tcp::endpoint> endpoints;
  endpoints.reserve(ordered.size());
  for (const auto& a : ordered) endpoints.emplace_back(a, port);
  return endpoints;
}

task<result<tcp_socket>> dialer::connect(protocol::address target, dial_options options) {
  // Copied: the dialer may be gone when we come back.
  auto& context = context_;
  const auto timeout = std::clamp(options.connect_timeout, duration{0}, longest_timeout);
  const auto deadline = clock::now() + timeout;

  addresses found;
  if (target.is_ip()) {
    found.push_back(literal(target));
  } else {
    auto resolved = co_await names_.resolve(target.domain, wanted_family(options.prefer), timeout);
    if (!resolved) co_return resolved.error();
    found = std::move(*resolved);
  }
  auto candidates = dial_candidates(found, target.port, options);
  if (!candidates) co_return candidates.error();
  co_return co_await connect_first(context, std::move(*candidates), deadline,
                                   std::move(options.sockets));
}

}  // namespace anytls::net
