#include "net/proxy_header.h"

#include "run_task.h"
#include "support/sockets.h"

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

using protocol::proxy_protocol;
using test::run;
using test::run_until_quiet;
using test::started;

const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.1 12345 443\r\n";

struct reading {
  explicit reading(proxy_protocol how = proxy_protocol::required, duration deadline = 60s) {
    run(io, [&]() -> task<> {
      auto pair = co_await test::connected_sockets();
      client.emplace(std::move(pair.client));
      server.emplace(std::move(pair.server));
      own = server->remote_endpoint();
    });
    outcome.emplace(io, read(how, deadline));
  }

  task<std::optional<result<tcp::endpoint>>> read(proxy_protocol how, duration deadline) {
    co_return co_await read_proxy_header(*server, how, deadline);
  }

  void send(std::string_view text) {
    asio::write(*client, asio::buffer(text));
    run_until_quiet(io);
  }

  result<tcp::endpoint> get() {
    EXPECT_TRUE(test::run_until_ready(io, [&] { return outcome->done; }));
    return *outcome->result;
  }

  std::string rest() {
    run_until_quiet(io);
    std::string out(server->available(), '\0');
    if (!out.empty()) asio::read(*server, asio::buffer(out));
    return out;
  }

  asio::io_context io{1};
  std::optional<tcp_socket> client, server;
  tcp::endpoint own;
  std::optional<started<std::optional<result<tcp::endpoint>>>> outcome;
};

TEST(proxy_header, leaves_what_follows_in_the_socket) {
  reading r;
  r.send(line + "hello");
  const auto source = r.get();
  ASSERT_TRUE(source);
  EXPECT_EQ(source->address().to_string(), "192.0.2.1");
  EXPECT_EQ(source->port(), 12345);
  EXPECT_EQ(r.rest(), "hello");
}

TEST(proxy_header, may_come_byte_by_byte) {
  reading r;
  for (std::size_t i = 0; i < line.size(); ++i) {
    EXPECT_FALSE(r.outcome->done);
    asio::write(*r.client, asio::buffer(&line[i], 1));
    r.io.restart();
    r.io.run_for(1ms);
  }
  EXPECT_TRUE(r.get());
  // The socket wakes its next reader with one byte again.
  bool woken = false;
  r.server->async_wait(tcp_socket::wait_read, [&](error_code) { woken = true; });
  r.send("x");
  EXPECT_TRUE(test::run_until_ready(r.io, [&] { return woken; }));
}

TEST(proxy_header, a_source_that_is_mapped_is_ipv4) {
  reading r;
  r.send("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n");
  EXPECT_EQ(r.get()->address().to_string(), "192.0.2.1");
}

TEST(proxy_header, without_an_address_it_is_the_sockets) {
  reading r;
  r.send("PROXY UNKNOWN\r\n");
  EXPECT_EQ(*r.get(), r.own);
}

TEST(proxy_header, missing_it_is_an_error_only_where_it_is_required) {
  reading strict;
  strict.send("\x16\x03\x01");
  EXPECT_EQ(strict.get().error(), errc::protocol_error);

  reading lenient(proxy_protocol::optional);
  lenient.send("PRO");
  EXPECT_FALSE(lenient.outcome->done);
  lenient.send("PFIND /");
  EXPECT_EQ(*lenient.get(), lenient.own);
  EXPECT_EQ(lenient.rest(), "PROPFIND /");
}

TEST(proxy_header, malformed_it_is_an_error_in_any_case) {
  reading r(proxy_protocol::optional);
  r.send("PROXY TCP4 \r\n");
  EXPECT_EQ(r.get().error(), errc::protocol_error);
}

TEST(proxy_header, half_of_it_and_the_end) {
  for (const auto* half : {"", "PROXY TCP4"}) {
    reading r;
    if (*half) r.send(half);
    r.client->shutdown(tcp_socket::shutdown_send);
    EXPECT_EQ(r.get().error(), asio::error::eof) << half;
  }
}

TEST(proxy_header, half_of_it_and_silence) {
  reading r(proxy_protocol::required, 50ms);
  r.send("PROXY TCP4");
  EXPECT_EQ(r.get().error(), asio::error::timed_out);
}

}  // namespace
}  // namespace anytls::net
