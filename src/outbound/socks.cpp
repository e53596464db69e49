#include "outbound/socks.h"

#include "net/thread_resolver.h"

#include <algorithm>

namespace anytls::outbound {
namespace {

// The attempt as a whole is limited by its connect_timeout.
constexpr duration resolve_within = 10s;

task<result<protocol::address>> resolved(asio::io_context& here, protocol::address target,
                                         const address_filter* allow) {
  auto found = co_await net::resolver_of(here).resolve(target.domain, net::address_family::ipv4,
                                                       resolve_within);
  if (!found) co_return found.error();
  bool refused = false;
  for (const auto& one : *found) {
    if (!one.is_v4()) continue;
    refused = allow && !(*allow)(one);
    if (!refused) co_return protocol::address::from_ipv4(one.to_v4().to_bytes(), target.port);
  }
  co_return refused ? errc::blocked : errc::no_address;
}

}  // namespace

task<result<std::unique_ptr<proxy_codec>>> socks::words(
    asio::io_context& here, protocol::address target,
    std::shared_ptr<const address_filter> allow) const {
  if (version_ == socks_version::v4 && !target.is_ip()) {
    auto numeric = co_await resolved(here, std::move(target), allow.get());
    if (!numeric) co_return numeric.error();
    target = std::move(*numeric);
  }
  if (!socks_client_codec::fits(version_, target)) co_return errc::no_address;
  co_return std::make_unique<socks_client_codec>(version_, login_, std::move(target));
}

}  // namespace anytls::outbound
