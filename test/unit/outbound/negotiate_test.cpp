// A proxy_codec over a socket and over an endpoint, and the bridge from an endpoint to a socket.
#include "outbound/negotiate.h"

#include "net/pull_stream.h"
#include "net/tcp_endpoint.h"
#include "outbound/bridge.h"
#include "outbound/hop.h"
#include "outbound/socks_client_codec.h"
#include "outbound/time_limit.h"
#include "support/fake_endpoint.h"
#include "support/sockets.h"

namespace anytls::outbound {
namespace {

using namespace std::string_literals;
using test::run_until_quiet;
using test::run_until_ready;

const std::string answer = "\5\0\0\1\0\0\0\0\0\0"s;

std::unique_ptr<proxy_codec> socks5() {
  return std::make_unique<socks_client_codec>(socks_version::v5, socks_login{},
                                              protocol::address::from_host("192.0.2.1", 80));
}

std::pair<tcp_socket, tcp_socket> connected_pair(asio::io_context& io) {
  tcp_acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  tcp_socket client(io.get_executor());
  client.connect(acceptor.local_endpoint());
  auto server = acceptor.accept();
  client.native_non_blocking(true);
  server.native_non_blocking(true);
  return {std::move(client), std::move(server)};
}

/// A negotiation over a fake endpoint. `far` is the remote end, until it has been told to close.
struct over_endpoint {
  asio::io_context io;
  test::fake_endpoint* far = new test::fake_endpoint(io.get_executor());
  std::optional<test::started<result<connection>>> outcome;

  over_endpoint() {
    outcome.emplace(io, negotiate(connection(std::unique_ptr<endpoint>(far)), socks5()));
    run_until_quiet(io);
  }
  void says(std::string_view what) {
    far->peer->write(as_bytes(what));
    run_until_quiet(io);
  }
  std::unique_ptr<endpoint> made() {
    EXPECT_TRUE(outcome->done && outcome->result.has_value());
    return std::get<std::unique_ptr<endpoint>>(std::move(*outcome->result));
  }
  error_code error() const {
    EXPECT_TRUE(outcome->done);
    return outcome->result.has_error() ? outcome->result.error() : error_code{};
  }
};

TEST(NegotiateOverAnEndpoint, WhatComesBehindTheAnswerGoesToWhoeverIsAttached) {
  over_endpoint t;
  t.says("\5");
  t.says("\0\5\0"s);
  EXPECT_EQ(t.far->received, "\5\1\0\5\1\0\1\xc0\0\2\1\0\x50"s);
  t.says(answer.substr(2) + "220 hello");
  auto made = t.made();
  EXPECT_TRUE(t.far->peer->congested()) << "nobody takes more yet";
  test::fake_endpoint near(t.io.get_executor());
  test::close_counter closes;
  made->attach(near, closes);
  EXPECT_EQ(near.received, "220 hello");
  t.says(", and more");
  EXPECT_EQ(near.received, "220 hello, and more");
  t.far->received.clear();
  made->write(as_bytes(std::string_view("up")));
  EXPECT_EQ(t.far->received, "up");
  t.far->watcher->on_closed(*t.far, asio::error::connection_reset);
  EXPECT_EQ(closes.count, 1);
  EXPECT_EQ(closes.last, asio::error::connection_reset) << "a reset stays one";
}

TEST(NegotiateOverAnEndpoint, BothWaysArePassedOn) {
  over_endpoint t;
  t.says("\5\0"s + answer);
  auto made = t.made();
  test::fake_endpoint near(t.io.get_executor());
  test::close_counter closes;
  made->attach(near, closes);
  near.stuck = true;
  t.says("held");
  EXPECT_TRUE(t.far->peer->congested());
  const int before = t.far->resumed;
  near.let_go(*made);
  EXPECT_EQ(t.far->resumed, before + 1);
  t.far->peer->finish();
  EXPECT_TRUE(near.finished);
  made->finish();
  EXPECT_TRUE(t.far->finished);
  t.far->stuck = true;
  made->write(as_bytes(std::string_view("held")));
  EXPECT_TRUE(made->congested());
  made->close();
  EXPECT_TRUE(t.far->closed);
  t.far->watcher->on_closed(*t.far, {});
}

TEST(NegotiateOverAnEndpoint, AnEndBeforeTheAnswerIsSaid) {
  over_endpoint t;
  t.says("\5"s);
  t.far->peer->finish();
  run_until_quiet(t.io);
  EXPECT_EQ(t.error(), errc::proxy_closed);
  EXPECT_EQ(t.far->reset_with, asio::error::operation_aborted);
  t.far->watcher->on_closed(*t.far, {});
}

TEST(NegotiateOverAnEndpoint, AnErrorOfTheEndpointIsSaid) {
  over_endpoint t;
  t.far->watcher->on_closed(*t.far, errc::session_closed);
  run_until_quiet(t.io);
  EXPECT_EQ(t.error(), errc::session_closed);
}

TEST(NegotiateOverAnEndpoint, ARefusalResetsTheWayToTheProxy) {
  over_endpoint t;
  t.says("\5\0\5\5"s);
  EXPECT_EQ(t.error(), errc::proxy_target_refused);
  EXPECT_EQ(t.far->reset_with, asio::error::operation_aborted);
  t.far->watcher->on_closed(*t.far, {});
}

TEST(NegotiateOverAnEndpoint, TheTimeLimitEndsIt) {
  asio::io_context io;
  auto* far = new test::fake_endpoint(io.get_executor());
  test::started<result<connection>> outcome(
      io, time_limit(io, 20ms, negotiate(connection(std::unique_ptr<endpoint>(far)), socks5())));
  ASSERT_TRUE(run_until_ready(io, [&] { return outcome.done; }));
  EXPECT_EQ(outcome.result.has_error() ? outcome.result.error() : error_code{},
            errc::connect_timeout);
  EXPECT_EQ(far->reset_with, asio::error::operation_aborted);
  far->watcher->on_closed(*far, {});
}

TEST(NegotiateOverAnEndpoint, TheContextMayEndInTheMiddle) {
  asio::io_context io;
  auto* far = new test::fake_endpoint(io.get_executor());
  test::started<result<connection>> outcome(
      io, time_limit(io, 10s, negotiate(connection(std::unique_ptr<endpoint>(far)), socks5())));
  run_until_quiet(io);
  EXPECT_FALSE(outcome.done);
}

TEST(TimeLimit, GivesWhatCameInTime) {
  asio::io_context io;
  const auto work = [](asio::io_context& here) -> task<result<std::string>> {
    timer pause(here, 1ms);
    co_await pause.async_wait(use_result);
    co_return std::string("made");
  };
  test::started<result<std::string>> outcome(io, time_limit(io, 10s, work(io)));
  ASSERT_TRUE(run_until_ready(io, [&] { return outcome.done; }));
  EXPECT_EQ(outcome.result.value(), "made");
}

// Over a real socket, a byte at a time: what the proxy says at the wrong moment stays where it is.
TEST(NegotiateOverASocket, LeavesTheTargetsFirstWordsInTheKernel) {
  asio::io_context io;
  auto pair = connected_pair(io);
  test::started<result<connection>> outcome(io,
                                            negotiate(connection(std::move(pair.first)), socks5()));
  const auto say = [&](std::string_view what) {
    for (const char c : what) {
      asio::write(pair.second, asio::buffer(&c, 1));
      run_until_quiet(io);
    }
  };
  say("\5\0"s);
  asio::write(pair.second, asio::buffer(answer + "220 hello"));
  ASSERT_TRUE(run_until_ready(io, [&] { return outcome.done; }));
  auto& socket = std::get<tcp_socket>(*outcome.result);
  std::array<char, 64> room{};
  const auto n = socket.read_some(asio::buffer(room));
  EXPECT_EQ(std::string_view(room.data(), n), "220 hello");
}

TEST(NegotiateOverASocket, AnEndBeforeTheAnswerIsSaid) {
  asio::io_context io;
  auto pair = connected_pair(io);
  test::started<result<connection>> outcome(io,
                                            negotiate(connection(std::move(pair.first)), socks5()));
  run_until_quiet(io);
  pair.second.close();
  ASSERT_TRUE(run_until_ready(io, [&] { return outcome.done; }));
  EXPECT_EQ(outcome.result.has_error() ? outcome.result.error() : error_code{}, errc::proxy_closed);
}

// ---------------------------------------------------------------- the bridge

/// A bridge to one end of a TCP pair; `far` is the other end of that.
struct bridged {
  asio::io_context io;
  std::pair<tcp_socket, tcp_socket> pair = connected_pair(io);
  tcp_socket near = bridge(io, std::make_unique<net::tcp_endpoint>(std::move(pair.first))).value();
  tcp_socket& far = pair.second;
};

TEST(Bridge, CarriesBothWaysWithoutLosingAByte) {
  bridged t;
  constexpr std::size_t size = 5'000'000;
  test::started<error_code> up(t.io, test::send_bytes(t.near, size));
  test::started<error_code> down(t.io, test::send_bytes(t.far, size));
  test::started<test::received> at_far(t.io, test::receive_bytes(t.far));
  test::started<test::received> at_near(t.io, test::receive_bytes(t.near));
  ASSERT_TRUE(run_until_ready(t.io, [&] { return up.done && down.done; }));
  test::shut_down_sending(t.near);
  ASSERT_TRUE(run_until_ready(t.io, [&] { return at_far.done; }));
  EXPECT_FALSE(at_near.done) << "a half-close ends one direction";
  test::shut_down_sending(t.far);
  ASSERT_TRUE(run_until_ready(t.io, [&] { return at_near.done; }));
  for (const auto* one : {&at_far.result, &at_near.result}) {
    EXPECT_EQ(one->size, size);
    EXPECT_TRUE(one->right);
    EXPECT_EQ(one->end, asio::error::eof);
  }
}

TEST(Bridge, WhoDoesNotReadStopsTheOther) {
  bridged t;
  test::started<error_code> up(t.io, test::send_bytes(t.near, 100'000'000));
  run_until_quiet(t.io);
  EXPECT_FALSE(up.done);
  t.near.close();
}

TEST(Bridge, AClosedSocketClosesTheRemoteEnd) {
  bridged t;
  t.near.close();
  test::started<test::received> at_far(t.io, test::receive_bytes(t.far));
  ASSERT_TRUE(run_until_ready(t.io, [&] { return at_far.done; }));
  EXPECT_EQ(at_far.result.end, asio::error::eof);
  // In both directions: what is sent there now is answered with a reset.
  test::started<error_code> more(t.io, test::send_bytes(t.far, 10'000'000));
  ASSERT_TRUE(run_until_ready(t.io, [&] { return more.done; }));
  EXPECT_TRUE(more.result);
}

TEST(Bridge, AResetOfTheRemoteEndEndsTheSocket) {
  bridged t;
  test::send_reset(t.far);
  test::started<test::received> at_near(t.io, test::receive_bytes(t.near));
  ASSERT_TRUE(run_until_ready(t.io, [&] { return at_near.done; }));
  EXPECT_TRUE(at_near.result.end);
}

}  // namespace
}  // namespace anytls::outbound
