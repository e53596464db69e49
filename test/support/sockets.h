#pragma once
// What tests with real loopback sockets share: streams of bytes that check themselves.

#include "support/tls_pair.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace anytls::test {

/// Byte number `at` of a long transfer: a lost, doubled or moved piece shows.
inline std::uint8_t byte_at(std::size_t at) {
  return static_cast<std::uint8_t>((at * 2654435761u) >> 13);
}

inline task<error_code> send_bytes(tcp_socket& to, std::size_t size) {
  bytes piece;
  for (std::size_t at = 0; at < size; at += piece.size()) {
    piece.resize(std::min<std::size_t>(64 * 1024, size - at));
    for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = byte_at(at + i);
    const auto [error, n] = co_await asio::async_write(to, asio::buffer(piece), use_result);
    if (error) co_return error;
  }
  co_return error_code{};
}

struct received {
  std::size_t size = 0;
  bool right = true;
  error_code end;
};

/// Reads to the end (eof or an error), checking each byte.
inline task<received> receive_bytes(tcp_socket& from) {
  received out;
  bytes room(64 * 1024);
  for (;;) {
    const auto [error, n] = co_await from.async_read_some(asio::buffer(room), use_result);
    for (std::size_t i = 0; i < n; ++i) out.right = out.right && room[i] == byte_at(out.size + i);
    out.size += n;
    if (error) {
      out.end = error;
      co_return out;
    }
  }
}

inline void shut_down_sending(tcp_socket& s) {
  error_code ignored;
  s.shutdown(tcp_socket::shutdown_send, ignored);
}

inline void send_reset(tcp_socket& s) {
  error_code ignored;
  s.set_option(asio::socket_base::linger(true, 0), ignored);
  s.close(ignored);
}

/// Starts a coroutine; its end shows in `done`.
template <typename T>
struct started {
  started(asio::io_context& io, task<T> body) {
    asio::co_spawn(io, std::move(body), [this](std::exception_ptr, T value) {
      result = std::move(value);
      done = true;
    });
  }
  bool done = false;
  T result{};
};

/// Runs handlers until `ready`; the limit is a watchdog.
template <typename Ready>
bool run_until_ready(asio::io_context& io, Ready ready, duration limit = 120s) {
  const auto deadline = clock::now() + limit;
  while (!ready() && clock::now() < deadline) {
    io.restart();
    io.run_one_for(10ms);
  }
  return ready();
}

/// Runs handlers until nothing has moved for a while (loopback needs no time of its own).
inline void run_until_quiet(asio::io_context& io) {
  for (int idle = 0; idle < 5;) {
    io.restart();
    idle = io.run_one_for(2ms) ? 0 : idle + 1;
  }
}

}  // namespace anytls::test
