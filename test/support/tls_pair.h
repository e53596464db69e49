#pragma once
// Two TLS streams that talk to each other over loopback, and what tests need to run coroutines.

#include "base/asio.h"
#include "tls/certificate.h"
#include "tls/stream.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <memory>
#include <utility>

namespace anytls::test {

/// Runs one coroutine, and whatever it starts, to its end on `io`. A test that hangs fails after a
/// while.
template <typename Body>
void run(asio::io_context& io, Body body, duration limit = 60s) {
  bool done = false;
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) {
    failure = e;
    done = true;
    io.stop();
  });
  io.restart();
  io.run_for(limit);
  if (failure) std::rethrow_exception(failure);
  ASSERT_TRUE(done) << "timed out";
}

struct socket_pair {
  tcp_socket client;
  tcp_socket server;
};

/// `buffer` > 0: send and receive buffers of that size on both sides (the kernel doubles it).
inline task<socket_pair> connected_sockets(int buffer = 0) {
  const auto here = co_await asio::this_coro::executor;
  tcp_acceptor acceptor(here);
  acceptor.open(tcp::v4());
  if (buffer) acceptor.set_option(asio::socket_base::receive_buffer_size(buffer));
  acceptor.bind({asio::ip::address_v4::loopback(), 0});
  acceptor.listen();
  tcp_socket client(here), server(here);
  client.open(tcp::v4());
  if (buffer) {
    client.set_option(asio::socket_base::receive_buffer_size(buffer));
    client.set_option(asio::socket_base::send_buffer_size(buffer));
  }
  co_await client.async_connect(acceptor.local_endpoint(), use_task);
  co_await acceptor.async_accept(server, use_task);
  if (buffer) server.set_option(asio::socket_base::send_buffer_size(buffer));
  client.set_option(tcp::no_delay(true));
  server.set_option(tcp::no_delay(true));
  client.native_non_blocking(true);
  server.native_non_blocking(true);
  co_return socket_pair{std::move(client), std::move(server)};
}

/// Made once for the test program: keys cost time.
inline const tls::key_pair& test_certificate() {
  static const auto pair = tls::make_self_signed("test.example", 30).value();
  return pair;
}

inline tls::server_options server_defaults() {
  tls::server_options out;
  out.certificate_pem = test_certificate().certificate_pem;
  out.key_pem = test_certificate().key_pem;
  return out;
}

/// Trusts test_certificate() and nothing else.
inline tls::client_options client_defaults() {
  tls::client_options out;
  out.server_name = "test.example";
  out.certificate_pem = test_certificate().certificate_pem;
  return out;
}

struct tls_outcome {
  std::unique_ptr<tls::stream> client;
  std::unique_ptr<tls::stream> server;
  error_code client_error;
  error_code server_error;
};

/// Shakes hands from both ends of `sockets`.
inline task<tls_outcome> handshake(socket_pair sockets,
                                   std::shared_ptr<tls::client_context> client_context,
                                   std::shared_ptr<tls::server_context> server_context,
                                   duration deadline = 20s) {
  const auto here = co_await asio::this_coro::executor;
  tls_outcome out;
  timer finished(here, time_point::max());
  asio::co_spawn(
      here,
      [&, socket = std::move(sockets.server), server_context]() mutable -> task<> {
        auto accepted = co_await tls::stream::accept(std::move(socket), server_context, deadline);
        if (accepted) {
          out.server = std::move(*accepted);
        } else {
          out.server_error = accepted.error();
        }
        finished.cancel();
      },
      asio::detached);
  auto connected =
      co_await tls::stream::connect(std::move(sockets.client), client_context, deadline);
  if (connected) {
    out.client = std::move(*connected);
  } else {
    out.client_error = connected.error();
  }
  while (!out.server && !out.server_error) co_await finished.async_wait(use_result);
  co_return out;
}

inline task<tls_outcome> handshake(socket_pair sockets,
                                   tls::client_options client = client_defaults(),
                                   tls::server_options server = server_defaults(),
                                   duration deadline = 20s) {
  return handshake(std::move(sockets), tls::client_context::make(std::move(client)).value(),
                   tls::server_context::make(std::move(server)).value(), deadline);
}

inline task<tls_outcome> tls_pair(tls::client_options client = client_defaults(),
                                  tls::server_options server = server_defaults(), int buffer = 0) {
  auto sockets = co_await connected_sockets(buffer);
  auto pair = co_await handshake(std::move(sockets), std::move(client), std::move(server));
  // The ticket, so that the client has nothing to read.
  if (pair.client && pair.server && pair.client->version_name() == "TLSv1.3") {
    EXPECT_FALSE(co_await pair.client->wait_readable());
    std::uint8_t nothing = 0;
    EXPECT_EQ(pair.client->read_some({&nothing, 1}).size, 0u);
  }
  co_return pair;
}

/// Waits and reads until `size` bytes have come, or an error.
inline task<std::pair<bytes, error_code>> read_exactly(transport& from, std::size_t size) {
  bytes out;
  bytes room(64 * 1024);
  while (out.size() < size) {
    const auto got =
        from.read_some(mutable_bytes(room).first(std::min(room.size(), size - out.size())));
    append(out, bytes_view(room).first(got.size));
    if (got.error) co_return std::pair(std::move(out), got.error);
    if (got.size == 0) {
      if (const auto error = co_await from.wait_readable())
        co_return std::pair(std::move(out), error);
    }
  }
  co_return std::pair(std::move(out), error_code{});
}

/// Reads until an error comes, and returns that.
inline task<error_code> read_error(transport& from) {
  bytes room(64 * 1024);
  for (;;) {
    const auto got = from.read_some(room);
    if (got.error) co_return got.error;
    if (got.size == 0) {
      if (const auto error = co_await from.wait_readable()) co_return error;
    }
  }
}

inline task<> write_all(transport& to, bytes_view data) {
  to.write_record(data);
  EXPECT_FALSE(to.flush());
  EXPECT_FALSE(co_await to.drain());
}

}  // namespace anytls::test
