#include "net/tcp_endpoint.h"

#include "support/fake_endpoint.h"
#include "support/sockets.h"

namespace anytls::net {
namespace {

using test::run_until_quiet;
using test::run_until_ready;
using test::started;

// One end over a real connection; its peer is a fake.
struct one_end {
  explicit one_end(int buffer = 0, tcp_endpoint::whose kind = tcp_endpoint::whose::target)
      : peer(io.get_executor()) {
    test::run(io, [&]() -> task<> {
      auto pair = co_await test::connected_sockets(buffer);
      far = std::make_unique<tcp_socket>(std::move(pair.client));
      end = std::make_unique<tcp_endpoint>(std::move(pair.server), kind);
    });
  }
  void attach() { end->attach(peer, watcher); }

  asio::io_context io;
  std::unique_ptr<tcp_socket> far;
  std::unique_ptr<tcp_endpoint> end;
  test::fake_endpoint peer;
  test::close_counter watcher;
};

TEST(TcpEndpoint, PushesWhatArrivesAndThenTheEnd) {
  one_end one;
  one.attach();
  asio::write(*one.far, asio::buffer("hello", 5));
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.peer.received == "hello"; }));
  EXPECT_FALSE(one.peer.finished);
  test::shut_down_sending(*one.far);
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.peer.finished; }));
  EXPECT_EQ(one.watcher.count, 0);  // the other direction is still open
}

TEST(TcpEndpoint, AnApplicationThatHasClosedHasNotOnlyFinished) {
  for (const bool closes : {false, true}) {
    one_end one(0, tcp_endpoint::whose::application);
    one.attach();
    asio::write(*one.far, asio::buffer("hello", 5));
    closes ? one.far->close() : test::shut_down_sending(*one.far);
    ASSERT_TRUE(
        run_until_ready(one.io, [&] { return one.watcher.count == 1 || one.peer.finished; }));
    EXPECT_EQ(one.peer.received, "hello");
    EXPECT_EQ(one.peer.finished, !closes);
    EXPECT_EQ(one.watcher.count, closes);
    EXPECT_FALSE(one.watcher.last);
  }
}

TEST(TcpEndpoint, ATargetThatHasClosedHasOnlyFinished) {
  one_end one;
  one.attach();
  one.far->close();
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.peer.finished; }));
  run_until_quiet(one.io);
  EXPECT_EQ(one.watcher.count, 0);
}

TEST(TcpEndpoint, AnApplicationInTheMiddleOfClosingIsLookedAtAgain) {
  one_end one(0, tcp_endpoint::whose::application);
  one.attach();
  test::shut_down_sending(*one.far);
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.peer.finished; }));
  one.far->close();
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.watcher.count == 1; }));
  EXPECT_FALSE(one.watcher.last);
}

TEST(TcpEndpoint, ACongestedPeerStopsTheReadingUntilResume) {
  one_end one;
  one.peer.stuck = true;
  one.attach();
  asio::write(*one.far, asio::buffer("first", 5));
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.peer.received == "first"; }));
  asio::write(*one.far, asio::buffer("second", 6));
  run_until_quiet(one.io);
  EXPECT_EQ(one.peer.received, "first");
  one.peer.held = 0;
  one.end->resume();
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.peer.received == "firstsecond"; }));
}

TEST(TcpEndpoint, ASlowButSteadyReaderDoesNotMakeItGrow) {
  one_end one(16 * 1024);
  one.attach();
  one.far->non_blocking(true);
  const std::string piece(32 * 1024, 'x');
  bytes room(32 * 1024);
  std::size_t pushed = 0, read = 0, most = 0;
  constexpr std::size_t size = 32 << 20;
  const auto limit = clock::now() + 120s;
  while (read < size && clock::now() < limit) {
    // Several streams of a session: it goes on pushing up to 256 KiB, the backlog never runs empty.
    while (pushed < size && one.end->backlog() < 200 * 1024) {
      one.end->write(as_bytes(piece));
      pushed += piece.size();
    }
    error_code error;
    read += one.far->read_some(asio::buffer(room), error);
    most = std::max(most, one.end->held());
    one.io.restart();
    one.io.poll_one();
  }
  EXPECT_EQ(read, size);
  EXPECT_LE(most, 1u << 20);
  EXPECT_EQ(one.end->held(), 0u);  // idle: owns nothing
}

TEST(TcpEndpoint, ManyPartsArriveInOrderHoweverManyTheKernelTakes) {
  one_end one(16 * 1024);
  one.attach();
  bytes data(300'000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = test::byte_at(i);
  for (std::size_t at = 0; at < data.size();) {  // some small, some empty, some over a buffer
    std::vector<bytes_view> parts;
    for (std::size_t n = 0; n < 40 && at < data.size(); ++n) {
      const auto size = std::min(data.size() - at, (n * 977) % 8192);
      parts.push_back(bytes_view(data).subspan(at, size));
      at += size;
    }
    one.end->write_parts(parts);
  }
  one.end->finish();
  started<test::received> far(one.io, test::receive_bytes(*one.far));
  ASSERT_TRUE(run_until_ready(one.io, [&] { return far.done; }));
  EXPECT_EQ(far.result.size, data.size());
  EXPECT_TRUE(far.result.right);
}

TEST(TcpEndpoint, FinishSendsTheEndBehindTheBacklog) {
  one_end one(16 * 1024);
  one.attach();
  bytes data(500000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = test::byte_at(i);
  one.end->write(data);
  one.end->finish();
  EXPECT_TRUE(one.end->congested());
  started<test::received> far(one.io, test::receive_bytes(*one.far));
  ASSERT_TRUE(run_until_ready(one.io, [&] { return far.done; }));
  EXPECT_EQ(far.result.size, data.size());
  EXPECT_TRUE(far.result.right);
  EXPECT_EQ(far.result.end, asio::error::eof);
}

TEST(TcpEndpoint, CloseDropsWhatStillArrivesInsteadOfResetting) {
  one_end one;
  one.attach();
  one.end->write(as_bytes("last words"));
  one.end->close();
  asio::write(*one.far, asio::buffer("nobody reads this", 17));
  run_until_quiet(one.io);
  std::string text(10, '\0');
  asio::read(*one.far, asio::buffer(text));
  EXPECT_EQ(text, "last words");
  error_code error;
  EXPECT_EQ(one.far->read_some(asio::buffer(text), error), 0u);
  EXPECT_EQ(error, asio::error::eof);
  EXPECT_EQ(one.peer.received, "");
  one.far->close();
  ASSERT_TRUE(run_until_ready(one.io, [&] { return one.watcher.count == 1; }));
  EXPECT_FALSE(one.watcher.last);
}

TEST(TcpEndpoint, ResetIsSeenAsAReset) {
  one_end one;
  one.attach();
  one.end->reset(errc::stream_reset);
  run_until_quiet(one.io);
  EXPECT_EQ(one.watcher.count, 1);
  EXPECT_EQ(one.watcher.last, errc::stream_reset);
  char c;
  error_code error;
  one.far->read_some(asio::buffer(&c, 1), error);
  EXPECT_EQ(error, asio::error::connection_reset);
}

TEST(TcpEndpoint, ADeathBeforeAttachIsToldAfterIt) {
  one_end one;
  test::send_reset(*one.far);
  run_until_quiet(one.io);
  one.end->write(as_bytes("x"));
  one.end->write(as_bytes("x"));
  run_until_quiet(one.io);
  EXPECT_EQ(one.watcher.count, 0);
  one.attach();
  run_until_quiet(one.io);
  EXPECT_EQ(one.watcher.count, 1);
  EXPECT_TRUE(one.watcher.last);
}

}  // namespace
}  // namespace anytls::net
