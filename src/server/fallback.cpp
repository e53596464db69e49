#include "server/fallback.h"

#include "net/dialer.h"
#include "net/relay.h"
#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"
#include "server/visitor.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace anytls::server {

const protocol::address* fallback_options::choose(std::string_view alpn) const {
  if (const auto at = for_alpn.find(alpn); at != for_alpn.end()) return &at->second;
  return server ? &*server : nullptr;
}

std::optional<fallback_places::place> fallback_places::take() {
  if (taken_.fetch_add(1, std::memory_order_relaxed) < most_) return place(*this);
  taken_.fetch_sub(1, std::memory_order_relaxed);
  return std::nullopt;
}

task<result<fallback_connection>> connect_fallback(asio::io_context& here, fallback_places& places,
                                                   protocol::address where) {
  auto place = places.take();
  if (!place) co_return error_code(errc::too_many_streams);
  net::dialer dialer(here, net::resolver_of(here));
  auto socket = co_await dialer.connect(std::move(where));
  if (!socket) co_return socket.error();
  co_return fallback_connection{std::move(*socket), std::move(*place)};
}

task<bool> wait_together(tls::stream& client, tcp_socket& web, time_point greeting) {
  using namespace asio::experimental::awaitable_operators;
  co_await (client.wait_readable() || web.async_wait(tcp_socket::wait_read, use_result));
  std::uint8_t byte = 0;
  const auto n = ::recv(web.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0) co_return errno != EAGAIN&& errno != EWOULDBLOCK&& errno != EINTR;
  if (n == 0) co_return true;
  timer until(client.get_executor(), greeting);
  co_await (client.wait_readable() || until.async_wait(use_result));
  co_return clock::now() >= greeting;
}

task<> relay_fallback(std::unique_ptr<tls::stream> client, bytes first, fallback_connection web) {
  auto visitor = std::make_unique<server::visitor>(std::move(client), !first.empty());
  // As an application: a program of this host that has closed its socket has not only finished.
  auto far = std::make_unique<net::tcp_endpoint>(std::move(web.socket),
                                                 net::tcp_endpoint::whose::application);
  if (!first.empty()) far->write(first);
  bytes().swap(first);
  co_await net::relay(std::move(visitor), std::move(far));
}

}  // namespace anytls::server
