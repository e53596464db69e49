#pragma once
// A TCP relay between two TLS peers: cuts what passes as a test wishes, and looks at it.

#include "support/tls_pair.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace anytls::test {

struct record {
  std::uint8_t type = 0;
  std::size_t size = 0;  ///< without the header of 5 bytes
  friend bool operator==(const record&, const record&) = default;
};

/// The TLS records in a row of bytes; what is left over in the end is ignored.
inline std::vector<record> records_in(bytes_view wire) {
  std::vector<record> out;
  while (wire.size() >= 5) {
    const std::size_t size = get_u16(wire.data() + 3);
    if (wire.size() < 5 + size) break;
    out.push_back({wire[0], size});
    wire = wire.subspan(5 + size);
  }
  return out;
}

struct relay_log {
  bytes up, down;         ///< everything that passed
  std::size_t piece = 0;  ///< at most so many bytes at once, each its own segment; 0 = as they come
  std::size_t stop_after_up =
      static_cast<std::size_t>(-1);  ///< then the upward direction ends with FIN
};

inline task<> pump(std::shared_ptr<tcp_socket> from, std::shared_ptr<tcp_socket> to, bytes& seen,
                   const relay_log& log, std::size_t limit) {
  bytes room(16 * 1024);
  for (;;) {
    const auto most = std::min(log.piece ? log.piece : room.size(), limit - seen.size());
    if (most == 0) break;
    const auto [error, n] =
        co_await from->async_read_some(asio::buffer(room.data(), most), use_result);
    if (error) break;
    append(seen, bytes_view(room).first(n));
    const auto [failed, written] =
        co_await asio::async_write(*to, asio::buffer(room.data(), n), use_result);
    if (failed) break;
  }
  error_code ignored;
  to->shutdown(tcp_socket::shutdown_send, ignored);
}

/// Two sockets with a relay between them. `log` must outlive the io_context's run.
inline task<socket_pair> relayed_sockets(relay_log& log) {
  const auto here = co_await asio::this_coro::executor;
  auto left = co_await connected_sockets();
  auto right = co_await connected_sockets();
  auto a = std::make_shared<tcp_socket>(std::move(left.server));
  auto b = std::make_shared<tcp_socket>(std::move(right.client));
  asio::co_spawn(here, pump(a, b, log.up, log, log.stop_after_up), asio::detached);
  asio::co_spawn(here, pump(b, a, log.down, log, static_cast<std::size_t>(-1)), asio::detached);
  co_return socket_pair{std::move(left.client), std::move(right.server)};
}

}  // namespace anytls::test
