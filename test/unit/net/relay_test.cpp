#include "net/relay.h"

#include "net/tcp_endpoint.h"
#include "support/sockets.h"

#include <sys/ioctl.h>

namespace anytls::net {
namespace {

using test::run_until_quiet;
using test::run_until_ready;
using test::started;

// application <-> (relay) <-> target, all on loopback.
struct joined {
  explicit joined(int buffer = 0) {
    test::run(io, [&]() -> task<> {
      auto left = co_await test::connected_sockets(buffer);
      auto right = co_await test::connected_sockets(buffer);
      app = std::make_unique<tcp_socket>(std::move(left.client));
      target = std::make_unique<tcp_socket>(std::move(right.server));
      a = std::make_unique<tcp_endpoint>(std::move(left.server));
      b = std::make_unique<tcp_endpoint>(std::move(right.client));
    });
    raw_a = a.get();
    raw_b = b.get();
  }
  void start() { over.emplace(io, relay(std::move(a), std::move(b))); }

  asio::io_context io;
  std::unique_ptr<tcp_socket> app, target;
  std::unique_ptr<tcp_endpoint> a, b;
  tcp_endpoint* raw_a;
  tcp_endpoint* raw_b;
  std::optional<started<error_code>> over;
};

TEST(Relay, SixtyFourMebibytesEachWayAtOnce) {
  constexpr std::size_t size = 64 << 20;
  joined j;
  j.start();
  const auto both = [](tcp_socket& s) -> task<error_code> {
    const auto error = co_await test::send_bytes(s, size);
    test::shut_down_sending(s);
    co_return error;
  };
  started<error_code> up(j.io, both(*j.app)), down(j.io, both(*j.target));
  started<test::received> at_target(j.io, test::receive_bytes(*j.target)),
      at_app(j.io, test::receive_bytes(*j.app));
  ASSERT_TRUE(run_until_ready(
      j.io, [&] { return j.over->done && at_app.done && at_target.done && up.done && down.done; }));
  EXPECT_FALSE(up.result);
  EXPECT_FALSE(down.result);
  for (const auto* r : {&at_target.result, &at_app.result}) {
    EXPECT_EQ(r->size, size);
    EXPECT_TRUE(r->right);
    EXPECT_EQ(r->end, asio::error::eof);
  }
  EXPECT_FALSE(j.over->result);
}

TEST(Relay, ASlowReaderHoldsLittleAndLosesNothing) {
  constexpr std::size_t size = 16 << 20;
  joined j(16 * 1024);
  j.start();
  started<error_code> down(j.io, test::send_bytes(*j.target, size));
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    j.io.restart();
    j.io.poll_one();
    most = std::max(most, j.raw_a->backlog());
  }
  run_until_quiet(j.io);
  most = std::max(most, j.raw_a->backlog());
  EXPECT_FALSE(down.done);  // back-pressure reached the sender
  EXPECT_GT(most, 0u);
  EXPECT_LE(most, 256u * 1024);
  EXPECT_LE(j.raw_a->held(), 512u * 1024);

  started<test::received> at_app(j.io, test::receive_bytes(*j.app));
  ASSERT_TRUE(run_until_ready(j.io, [&] { return down.done; }));
  test::shut_down_sending(*j.target);
  ASSERT_TRUE(run_until_ready(j.io, [&] { return at_app.done; }));
  EXPECT_EQ(at_app.result.size, size);
  EXPECT_TRUE(at_app.result.right);
}

TEST(Relay, HalfCloseOfEitherSideKeepsTheOtherDirection) {
  for (const bool from_app : {true, false}) {
    joined j;
    j.start();
    auto& first = from_app ? *j.app : *j.target;
    auto& second = from_app ? *j.target : *j.app;
    started<error_code> request(j.io, test::send_bytes(first, 100000));
    ASSERT_TRUE(run_until_ready(j.io, [&] { return request.done; }));
    test::shut_down_sending(first);
    started<test::received> at_second(j.io, test::receive_bytes(second));
    ASSERT_TRUE(run_until_ready(j.io, [&] { return at_second.done; }));
    EXPECT_EQ(at_second.result.size, 100000u);
    EXPECT_EQ(at_second.result.end, asio::error::eof);
    EXPECT_FALSE(j.over->done);

    started<error_code> response(j.io, test::send_bytes(second, 300000));
    started<test::received> at_first(j.io, test::receive_bytes(first));
    ASSERT_TRUE(run_until_ready(j.io, [&] { return response.done; }));
    test::shut_down_sending(second);
    ASSERT_TRUE(run_until_ready(j.io, [&] { return at_first.done && j.over->done; }));
    EXPECT_EQ(at_first.result.size, 300000u);
    EXPECT_EQ(at_first.result.end, asio::error::eof);
    EXPECT_FALSE(j.over->result);
  }
}

TEST(Relay, AResetOfEitherSideIsAResetOfTheOther) {
  for (const bool from_app : {true, false}) {
    joined j;
    j.start();
    auto& first = from_app ? *j.app : *j.target;
    auto& second = from_app ? *j.target : *j.app;
    started<test::received> at_second(j.io, test::receive_bytes(second));
    started<error_code> some(j.io, test::send_bytes(first, 1000));
    ASSERT_TRUE(run_until_ready(j.io, [&] { return some.done; }));
    run_until_quiet(j.io);
    test::send_reset(first);
    ASSERT_TRUE(run_until_ready(j.io, [&] { return at_second.done && j.over->done; }));
    EXPECT_EQ(at_second.result.size, 1000u);
    EXPECT_EQ(at_second.result.end, asio::error::connection_reset);
    EXPECT_EQ(j.over->result, asio::error::connection_reset);
  }
}

TEST(Relay, ACleanCloseDeliversEverythingToAReaderThatStartsLate) {
  constexpr std::size_t size = 300000;  // more than the small socket buffers take
  joined j(16 * 1024);
  j.start();
  started<error_code> down(j.io, [](tcp_socket& s) -> task<error_code> {
    const auto error = co_await test::send_bytes(s, size);
    test::shut_down_sending(s);
    co_return error;
  }(*j.target));
  run_until_quiet(j.io);
  test::shut_down_sending(*j.app);
  run_until_quiet(j.io);
  started<test::received> at_app(j.io, test::receive_bytes(*j.app));
  ASSERT_TRUE(run_until_ready(j.io, [&] { return at_app.done; }));
  EXPECT_EQ(at_app.result.size, size);
  EXPECT_TRUE(at_app.result.right);
  EXPECT_EQ(at_app.result.end, asio::error::eof);
}

TEST(Relay, AConnectionThatDiedBeforeTheStartEndsBoth) {
  // The early data of a stream is written to the target before the target's end is attached itself.
  joined j;
  test::send_reset(*j.target);
  run_until_quiet(j.io);
  j.raw_b->write(as_bytes("early"));
  j.raw_b->write(as_bytes("early"));
  j.start();
  ASSERT_TRUE(run_until_ready(j.io, [&] { return j.over->done; }, 30s));
  EXPECT_TRUE(j.over->result);
}

TEST(Relay, AContextThatStopsMidwayLeavesNothingBehind) {
  for (const int turns : {0, 1, 2, 5, 20, 100, 1000}) {
    auto j = std::make_unique<joined>();
    j->start();
    auto up = std::make_unique<started<error_code>>(j->io, test::send_bytes(*j->app, 16 << 20));
    auto down =
        std::make_unique<started<error_code>>(j->io, test::send_bytes(*j->target, 16 << 20));
    for (int i = 0; i < turns; ++i) {
      j->io.restart();
      j->io.poll_one();
    }
    j.reset();
  }
}

}  // namespace
}  // namespace anytls::net
