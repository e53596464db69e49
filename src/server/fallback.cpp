#include "server/fallback.h"

#include "base/io_buffers.h"
#include "base/limits.h"
#include "net/dialer.h"
#include "net/relay.h"
#include "net/tcp_endpoint.h"
#include "net/thread_resolver.h"
#include "server/visitor.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace anytls::server {
namespace {

task<> read_first(tls::stream& client, first_record& into) {
  for (;;) {
    const auto buffer = io_buffers::plaintext_in();
    into.got = client.read_record(buffer);
    const auto data = buffer.first(into.got.size);
    into.data.assign(data.begin(), data.end());  // the buffer is the thread's
    if (into.got.size != 0 || into.got.error || co_await client.wait_readable()) co_return;
  }
}

}  // namespace

const protocol::address* fallback_options::choose(std::string_view alpn) const {
  if (const auto at = for_alpn.find(alpn); at != for_alpn.end()) return &at->second;
  return server ? &*server : nullptr;
}

std::shared_ptr<admission> make_fallback_places(std::uint32_t per_source, bool limit_private,
                                                random_source& random) {
  admission_options options;
  options.pending = limits::fallback_connections;
  options.pending_per_source = per_source;
  options.handshakes_per_second = 0;
  options.failures_per_minute = 0;
  return std::make_shared<admission>(options, limit_private, random);
}

task<result<fallback_connection>> connect_fallback(asio::io_context& here, admission& places,
                                                   asio::ip::address visitor,
                                                   protocol::address where) {
  auto why = admission_verdict::admitted;
  auto place = places.arrive(visitor, why);
  if (!place) co_return error_code(errc::too_many_streams);
  net::dialer dialer(here, net::resolver_of(here));
  auto socket = co_await dialer.connect(std::move(where));
  if (!socket) co_return socket.error();
  co_return fallback_connection{std::move(*socket), std::move(*place)};
}

task<result<fallback_connection>> connect_fallback_beside(asio::io_context& here, admission& places,
                                                          asio::ip::address visitor,
                                                          protocol::address where,
                                                          tls::stream& client,
                                                          first_record& first) {
  using namespace asio::experimental::awaitable_operators;
  auto won = co_await (connect_fallback(here, places, visitor, std::move(where)) ||
                       read_first(client, first));
  if (auto* connected = std::get_if<0>(&won)) co_return std::move(*connected);
  co_return error_code(asio::error::operation_aborted);
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
