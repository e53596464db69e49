#include "net/pull_stream.h"

#include "net/tcp_endpoint.h"
#include "support/fake_endpoint.h"
#include "support/sockets.h"

namespace anytls::net {
namespace {

using test::run_until_quiet;
using test::run_until_ready;
using test::started;

// A remote end that is pushed by the test.
struct scripted {
  scripted() {
    auto made = std::make_unique<test::fake_endpoint>(io.get_executor());
    remote = made.get();
    pull.emplace(std::move(made));
  }
  void end(error_code reason = {}) {
    asio::post(io, [this, reason] { remote->watcher->on_closed(*remote, reason); });
    run_until_quiet(io);
  }
  asio::io_context io;
  test::fake_endpoint* remote;
  std::optional<pull_stream> pull;
};

task<std::pair<error_code, std::string>> read_all(pull_stream& from, std::size_t step) {
  std::string all;
  bytes room(step);
  for (;;) {
    const auto [error, n] = co_await from.read_some(room);
    all += as_text(bytes_view(room).first(n));
    if (error) co_return std::pair(error, all);
  }
}

TEST(PullStream, ReadsWhatWasPushedAndThenTheEnd) {
  scripted s;
  started<std::pair<error_code, std::string>> reader(s.io, read_all(*s.pull, 3));
  s.remote->peer->write(as_bytes("hello"));
  run_until_quiet(s.io);
  s.remote->peer->write(as_bytes(" world"));
  s.remote->peer->finish();
  ASSERT_TRUE(run_until_ready(s.io, [&] { return reader.done; }));
  EXPECT_EQ(reader.result.first, asio::error::eof);
  EXPECT_EQ(reader.result.second, "hello world");
  s.pull.reset();  // both directions are over: a proper close
  EXPECT_TRUE(s.remote->closed);
  s.end();
}

TEST(PullStream, TellsWhatTheFarSideSaid) {
  scripted s;
  EXPECT_EQ(s.pull->detail(), "");
  s.remote->said = "name not found";
  s.end(errc::name_not_found);
  EXPECT_EQ(s.pull->detail(), "name not found");
}

TEST(PullStream, AnErrorComesAfterTheBytesBeforeIt) {
  scripted s;
  s.remote->peer->write(as_bytes("half"));
  s.end(asio::error::connection_reset);
  started<std::pair<error_code, std::string>> reader(s.io, read_all(*s.pull, 100));
  ASSERT_TRUE(run_until_ready(s.io, [&] { return reader.done; }));
  EXPECT_EQ(reader.result.first, asio::error::connection_reset);
  EXPECT_EQ(reader.result.second, "half");
}

TEST(PullStream, PausesAndResumesTheRemoteEnd) {
  scripted s;
  auto& push = *s.remote->peer;
  std::size_t pushed = 0;
  while (!push.congested()) {
    push.write(as_bytes(std::string(10000, 'x')));
    pushed += 10000;
  }
  EXPECT_LE(pushed, 256u * 1024);
  EXPECT_EQ(s.remote->resumed, 0);
  bytes room(pushed);
  started<std::pair<error_code, std::size_t>> reader(s.io, s.pull->read_some(room));
  run_until_quiet(s.io);
  EXPECT_EQ(s.remote->resumed, 1);
  s.end();
}

TEST(PullStream, WriteWaitsWhileTheRemoteEndIsCongested) {
  scripted s;
  s.remote->stuck = true;
  started<error_code> writer(s.io, s.pull->write(as_bytes("data")));
  run_until_quiet(s.io);
  EXPECT_FALSE(writer.done);
  EXPECT_EQ(s.remote->received, "data");
  s.remote->let_go(*s.remote->peer);
  ASSERT_TRUE(run_until_ready(s.io, [&] { return writer.done; }));
  EXPECT_FALSE(writer.result);
  s.end();
}

TEST(PullStream, AnEndWhileWritingIsAnError) {
  scripted s;
  s.remote->stuck = true;
  started<error_code> writer(s.io, s.pull->write(as_bytes("data")));
  run_until_quiet(s.io);
  s.end(asio::error::connection_reset);
  EXPECT_EQ(writer.result, asio::error::connection_reset);
  started<error_code> later(s.io, s.pull->write(as_bytes("more")));
  run_until_quiet(s.io);
  EXPECT_TRUE(later.result);
}

TEST(PullStream, LettingGoMidwayResets) {
  scripted s;
  s.pull.reset();
  EXPECT_TRUE(s.remote->reset_with);
  s.end(asio::error::operation_aborted);
}

TEST(PullStream, ResetWakesTheReader) {
  scripted s;
  started<std::pair<error_code, std::string>> reader(s.io, read_all(*s.pull, 10));
  run_until_quiet(s.io);
  s.pull->reset(errc::shutting_down);
  ASSERT_TRUE(run_until_ready(s.io, [&] { return reader.done; }));
  EXPECT_EQ(reader.result.first, errc::shutting_down);
  EXPECT_EQ(s.remote->reset_with, errc::shutting_down);
  s.end(errc::shutting_down);
}

TEST(PullStream, SixtyFourMebibytesEachWayOverTcp) {
  constexpr std::size_t size = 64 << 20;
  asio::io_context io;
  std::unique_ptr<tcp_socket> far;
  std::optional<pull_stream> pull;
  test::run(io, [&]() -> task<> {
    auto pair = co_await test::connected_sockets();
    far = std::make_unique<tcp_socket>(std::move(pair.client));
    pull.emplace(std::make_unique<tcp_endpoint>(std::move(pair.server)));
  });
  // Echo: what comes is sent back.
  started<error_code> echo(io, [](pull_stream& s) -> task<error_code> {
    bytes room(40000);
    for (;;) {
      const auto [error, n] = co_await s.read_some(room);
      if (error) {
        s.finish();
        co_return error;
      }
      if (const auto failed = co_await s.write(bytes_view(room).first(n))) co_return failed;
    }
  }(*pull));
  started<error_code> up(io, [](tcp_socket& s) -> task<error_code> {
    const auto error = co_await test::send_bytes(s, size);
    test::shut_down_sending(s);
    co_return error;
  }(*far));
  started<test::received> down(io, test::receive_bytes(*far));
  ASSERT_TRUE(run_until_ready(io, [&] { return echo.done && up.done && down.done; }));
  EXPECT_EQ(echo.result, asio::error::eof);
  EXPECT_EQ(down.result.size, size);
  EXPECT_TRUE(down.result.right);
  pull.reset();
  run_until_quiet(io);
}

TEST(PullStream, AContextThatEndsFirstLeavesNothingBehind) {
  auto io = std::make_unique<asio::io_context>();
  std::unique_ptr<tcp_socket> far;
  std::optional<pull_stream> pull;
  test::run(*io, [&]() -> task<> {
    auto pair = co_await test::connected_sockets();
    far = std::make_unique<tcp_socket>(std::move(pair.client));
    pull.emplace(std::make_unique<tcp_endpoint>(std::move(pair.server)));
  });
  auto reader =
      std::make_unique<started<std::pair<error_code, std::string>>>(*io, read_all(*pull, 10));
  run_until_quiet(*io);
  pull.reset();
  far.reset();
  io.reset();
}

}  // namespace
}  // namespace anytls::net
