#include "net/proxy_header.h"

#include "net/dialer.h"

#include <poll.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>

namespace anytls::net {
namespace {

constexpr duration poll_interval = 5ms;

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

/// The socket becomes readable with so many bytes, or at its end: what is peeked at would wake us
/// again and again.
void wake_at(int fd, std::size_t bytes) noexcept {
  const int least = static_cast<int>(bytes);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
}

/// Nothing more will come. A wake-up alone does not say so: it may be about what was seen already.
bool has_ended(int fd) noexcept {
  pollfd one{fd, POLLRDHUP, 0};
  return ::poll(&one, 1, 0) == 1;
}

/// Cancels what waits on the socket, once. Shared with its handler, which may run late.
struct alarm {
  explicit alarm(tcp_socket& s) : clock(s.get_executor()), socket(&s) {}
  timer clock;
  tcp_socket* socket;  // null = over
  bool rang = false;
};

task<result<tcp::endpoint>> read(tcp_socket& socket, protocol::proxy_protocol how,
                                 const alarm& deadline) {
  using state = protocol::proxy_header::state;
  error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) co_return gone;
  const int fd = socket.native_handle();
  std::array<std::uint8_t, protocol::max_proxy_header> buffer;
  for (std::size_t before = 0;;) {
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) co_return last_error();
    const auto size = n < 0 ? 0 : static_cast<std::size_t>(n);
    if (n == 0 || (before != 0 && size == before && has_ended(fd)))
      co_return error_code(asio::error::eof);
    if (before != 0 && size == before) {  // a kind of socket that knows no low-water mark
      timer moment(socket.get_executor(), poll_interval);
      co_await moment.async_wait(use_result);
      if (deadline.rang) co_return error_code(asio::error::timed_out);
    }
    before = size;
    const auto header = protocol::read_proxy_header({buffer.data(), size});
    if (header.is == state::malformed) co_return error_code(errc::protocol_error);
    if (header.is == state::absent) {
      if (how == protocol::proxy_protocol::optional) co_return peer;
      co_return error_code(errc::protocol_error);
    }
    if (header.is == state::complete) {
      if (::recv(fd, buffer.data(), header.size, MSG_DONTWAIT) != static_cast<ssize_t>(header.size))
        co_return error_code(errc::protocol_error);
      co_return header.source ? endpoint_of(*header.source) : peer;
    }
    wake_at(fd, size + 1);
    const auto [error] = co_await socket.async_wait(tcp_socket::wait_read, use_result);
    if (deadline.rang) co_return error_code(asio::error::timed_out);
    if (error) co_return error;
  }
}

}  // namespace

task<result<tcp::endpoint>> read_proxy_header(tcp_socket& socket, protocol::proxy_protocol how,
                                              duration deadline) {
  const auto shared = std::make_shared<alarm>(socket);
  shared->clock.expires_after(deadline);
  shared->clock.async_wait([shared](error_code ec) {
    if (ec || !shared->socket) return;
    shared->rang = true;
    error_code ignored;
    shared->socket->cancel(ignored);
  });
  const auto over = std::shared_ptr<void>(nullptr, [&shared](void*) {
    shared->socket = nullptr;
    shared->clock.cancel();
  });
  auto out = co_await read(socket, how, *shared);
  wake_at(socket.native_handle(), 1);
  co_return out;
}

tcp::endpoint endpoint_of(const protocol::address& source) {
  const auto address = literal(source);
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()), source.port};
  return {address, source.port};
}

}  // namespace anytls::net
