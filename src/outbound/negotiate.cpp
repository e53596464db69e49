#include "outbound/negotiate.h"

#include "base/io_buffers.h"
#include "outbound/negotiated_endpoint.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace anytls::outbound {
namespace {

// What a look may see; an answer that is longer is seen in parts.
constexpr std::size_t most_seen = 4096;

bool is_end(int error) noexcept { return error == ECONNRESET || error == EPIPE; }

/// Until the proxy has said enough for an action.
task<proxy_action> listen(tcp_socket& socket, proxy_codec& codec) {
  for (;;) {
    const int fd = socket.native_handle();
    const auto room = io_buffers::plaintext_in().first(most_seen);
    // Looked at first, so that only what belongs to the answer is taken from the kernel.
    const auto n = ::recv(fd, room.data(), room.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n == 0) co_return proxy_refused{errc::proxy_closed};
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      const error_code why(errno, boost::system::system_category());
      co_return proxy_refused{is_end(why.value()) ? make_error_code(errc::proxy_closed) : why};
    }
    if (n > 0) {
      const auto step = codec.next(room.first(static_cast<std::size_t>(n)));
      (void)!::recv(fd, room.data(), step.used, MSG_DONTWAIT);
      if (!std::holds_alternative<proxy_need_more>(step.action)) co_return step.action;
      continue;
    }
    const auto [error] = co_await socket.async_wait(tcp_socket::wait_read, use_result);
    if (error) co_return proxy_refused{error};
  }
}

task<error_code> negotiate(tcp_socket& socket, proxy_codec& codec) {
  auto out = codec.hello();
  for (;;) {
    const auto [error, sent] = co_await asio::async_write(socket, asio::buffer(out), use_result);
    if (error) co_return is_end(error.value()) ? make_error_code(errc::proxy_closed) : error;
    auto action = co_await listen(socket, codec);
    if (std::holds_alternative<proxy_done>(action)) co_return error_code{};
    if (const auto* no = std::get_if<proxy_refused>(&action)) co_return no->why;
    out = std::move(std::get<proxy_send>(action).data);
  }
}

}  // namespace

task<result<connection>> negotiate(connection with, std::unique_ptr<proxy_codec> codec) {
  if (auto* remote = std::get_if<std::unique_ptr<endpoint>>(&with)) {
    auto made = std::make_unique<negotiated_endpoint>(std::move(*remote), std::move(codec));
    if (const auto error = co_await made->negotiate()) co_return error;
    co_return connection(std::unique_ptr<endpoint>(std::move(made)));
  }
  if (const auto error = co_await negotiate(std::get<tcp_socket>(with), *codec)) co_return error;
  co_return std::move(with);
}

}  // namespace anytls::outbound
