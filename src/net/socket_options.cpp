#include "net/socket_options.h"

#include "net/socket_setup.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace anytls::net {
namespace {

// Linux 6.15; where it is unknown nothing changes. <linux/tcp.h> of older systems lacks the name.
constexpr int tcp_rto_max_ms = 44;

void set(int fd, int level, int name, int value) noexcept {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

}  // namespace

void set_stream_options(int fd) noexcept {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_seconds);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_seconds);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
  set(fd, IPPROTO_TCP, tcp_rto_max_ms, longest_resend_milliseconds);
}

result<tcp_socket> open_tcp_socket(asio::io_context& context, const tcp& protocol,
                                   bool multi_path) {
  const int fd = open_stream_socket(protocol.family(), multi_path);
  if (fd < 0) return error_code(errno, boost::system::system_category());
  auto socket = adopt_tcp_socket(context, protocol, fd);
  // Asio does not ask the descriptor; told so, it saves an ioctl when it connects.
  error_code ignored;
  if (socket) socket->native_non_blocking(true, ignored);
  return socket;
}

result<tcp_socket> adopt_tcp_socket(asio::io_context& context, const tcp& protocol, int fd) {
  tcp_socket socket(context);
  error_code failed;
  socket.assign(protocol, fd, failed);
  if (failed) {
    ::close(fd);
    return failed;
  }
  return socket;
}

}  // namespace anytls::net
