// Streams of the public API: what they carry, what they say, how they end.

#include "public_rig.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>

namespace anytls::test {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string pattern(std::size_t size) {
  std::string out(size, 0);
  unsigned x = 7;
  for (auto& c : out) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return out;
}

asio::awaitable<void> exchange(client& through, std::uint16_t port, std::size_t size) {
  auto s = co_await through.async_open("127.0.0.1", port, use_awaitable);
  const auto sent = pattern(size);
  asio::co_spawn(
      s.get_executor(),
      [](stream& to, const std::string& what) -> asio::awaitable<void> {
        co_await asio::async_write(to, asio::buffer(what), use_awaitable);
      }(s, sent),
      asio::detached);
  std::string got(size, 0);
  co_await asio::async_read(s, asio::buffer(got), use_awaitable);
  EXPECT_TRUE(got == sent);
  s.close();
  EXPECT_FALSE(s.is_open());
}

TEST(PublicStream, EchoesWithAwaitables) {
  public_rig rig;
  rig.run(exchange(rig.start(), rig.target_port(), 4 << 20));
}

TEST(PublicStream, EchoesWithCallbacks) {
  public_rig rig;
  std::string got(5, 0);
  std::optional<stream> s;
  rig.start().async_open("localhost", rig.target_port(), [&](error_code failed, stream opened) {
    ASSERT_FALSE(failed) << failed.message();
    s = std::move(opened);
    asio::async_write(*s, asio::buffer("hello", 5), [&](error_code e, std::size_t n) {
      EXPECT_FALSE(e);
      EXPECT_EQ(n, 5u);
      asio::async_read(*s, asio::buffer(got), [&](error_code e2, std::size_t n2) {
        EXPECT_FALSE(e2);
        EXPECT_EQ(n2, 5u);
        s.reset();
        rig.end();
      });
    });
  });
  rig.io.run_for(60s);
  EXPECT_TRUE(rig.io.stopped());
  EXPECT_EQ(got, "hello");
}

TEST(PublicStream, ManyAtOnceAndOneAfterAnother) {
  public_rig rig;
  auto& c = rig.start();
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    int left = 50;
    asio::steady_timer done(r.io, 1h);
    for (int i = 0; i < 50; ++i)
      asio::co_spawn(r.io, exchange(through, r.target_port(), 20000 + static_cast<std::size_t>(i)),
                     [&](std::exception_ptr e) {
                       EXPECT_FALSE(e);
                       if (--left == 0) done.cancel();
                     });
    co_await done.async_wait(as_result);
    for (int i = 0; i < 20; ++i) co_await exchange(through, r.target_port(), 100);
  }(rig, c));
}

TEST(PublicStream, TakesAndGivesBufferSequences) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    const std::string big = pattern(100000) + "\n";
    const std::array<asio::const_buffer, 4> pieces{asio::buffer("a", 1), asio::const_buffer(),
                                                   asio::buffer("b", 1), asio::buffer(big)};
    co_await asio::async_write(s, pieces, use_awaitable);
    std::string head(2, 0);
    std::string rest(big.size(), 0);
    const std::array<asio::mutable_buffer, 3> places{asio::mutable_buffer(), asio::buffer(head),
                                                     asio::buffer(rest)};
    co_await asio::async_read(s, places, use_awaitable);
    EXPECT_EQ(head, "ab");
    EXPECT_TRUE(rest == big);
    // Nothing to read, nothing to write: done at once.
    EXPECT_EQ(co_await s.async_read_some(asio::mutable_buffer(), use_awaitable), 0u);
    EXPECT_EQ(co_await s.async_write_some(asio::const_buffer(), use_awaitable), 0u);
  }(rig, rig.start()));
}

TEST(PublicStream, SaysEofWhenTheTargetEnds) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    co_await asio::async_write(s, asio::buffer("x", 1), use_awaitable);
    char c = 0;
    co_await asio::async_read(s, asio::buffer(&c, 1), use_awaitable);
    r.targets.front()->close();
    auto [e, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
    EXPECT_EQ(e, asio::error::eof);
    EXPECT_EQ(n, 0u);
  }(rig, rig.start()));
}

TEST(PublicStream, ReadsOnAfterShutdownSend) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    co_await asio::async_write(s, asio::buffer("last words", 10), use_awaitable);
    s.shutdown_send();
    auto [e, n] = co_await s.async_write_some(asio::buffer("x", 1), as_result);
    EXPECT_EQ(e, asio::error::broken_pipe);
    EXPECT_EQ(n, 0u);
    std::string got(10, 0);
    co_await asio::async_read(s, asio::buffer(got), use_awaitable);
    EXPECT_EQ(got, "last words");
  }(rig, rig.start()));
}

asio::awaitable<void> reads_nothing(stream& s, error_code& out) {
  char c;
  auto [e, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
  out = e;
}

enum class ending { close, reset, destroy, replace };

class PublicStreamEnds : public ::testing::TestWithParam<ending> {};

TEST_P(PublicStreamEnds, WhileItIsRead) {
  public_rig rig;
  error_code e;
  rig.run([](public_rig& r, client& through, error_code& out) -> asio::awaitable<void> {
    std::optional<stream> s(
        co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable));
    asio::co_spawn(r.io, reads_nothing(*s, out), asio::detached);
    asio::steady_timer wait(r.io, 50ms);
    co_await wait.async_wait(use_awaitable);
    switch (GetParam()) {
      case ending::close:
        s->close();
        break;
      case ending::reset:
        s->reset();
        break;
      case ending::destroy:
        s.reset();
        break;
      case ending::replace:
        *s = stream();
        break;
    }
    wait.expires_after(50ms);
    co_await wait.async_wait(use_awaitable);
    // The session is as good as before.
    co_await exchange(through, r.target_port(), 1000);
  }(rig, rig.start(), e));
  EXPECT_EQ(e, asio::error::operation_aborted);
}

INSTANTIATE_TEST_SUITE_P(All, PublicStreamEnds,
                         ::testing::Values(ending::close, ending::reset, ending::destroy,
                                           ending::replace));

TEST(PublicStream, ReadIsCancelledAndGoesOn) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    asio::cancellation_signal signal;
    char c = 0;
    std::optional<error_code> told;
    s.async_read_some(
        asio::buffer(&c, 1),
        asio::bind_cancellation_slot(signal.slot(), [&](error_code e, std::size_t) { told = e; }));
    asio::steady_timer wait(r.io, 20ms);
    co_await wait.async_wait(use_awaitable);
    EXPECT_FALSE(told);
    signal.emit(asio::cancellation_type::terminal);
    wait.expires_after(20ms);
    co_await wait.async_wait(use_awaitable);
    EXPECT_EQ(told, error_code(asio::error::operation_aborted));
    co_await asio::async_write(s, asio::buffer("y", 1), use_awaitable);
    co_await asio::async_read(s, asio::buffer(&c, 1), use_awaitable);
    EXPECT_EQ(c, 'y');
  }(rig, rig.start()));
}

TEST(PublicStream, HoldsLittleForAReaderThatDoesNotRead) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    const std::string block(64 * 1024, 'z');
    std::size_t taken = 0;
    bool stuck = false;
    asio::steady_timer patience(r.io);
    // The target echoes, nobody reads: in the end nothing more is taken.
    while (!stuck && taken < (256u << 20)) {
      asio::cancellation_signal give_up;
      patience.expires_after(500ms);
      patience.async_wait([&](error_code e) {
        if (!e) give_up.emit(asio::cancellation_type::terminal);
      });
      auto [e, n] = co_await s.async_write_some(
          asio::buffer(block), asio::bind_cancellation_slot(give_up.slot(), as_result));
      patience.cancel();
      stuck = e == asio::error::operation_aborted;
      taken += n;
    }
    EXPECT_TRUE(stuck);
    EXPECT_LT(taken, 64u << 20);  // the kernel's buffers of five sockets, and ours
  }(rig, rig.start()));
}

TEST(PublicStream, WithoutAConnectionSaysSo) {
  public_rig rig("wrong");
  rig.options.wait_for_target = true;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto [e, s] = co_await through.async_open("127.0.0.1", r.target_port(), as_result);
    EXPECT_EQ(e, errc::wrong_password) << e.message();
    EXPECT_FALSE(s.is_open());
    char c;
    auto [again, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
    EXPECT_EQ(again, asio::error::not_connected);
    s.close();
    s.reset();
    s.shutdown_send();
  }(rig, rig.start()));
}

}  // namespace
}  // namespace anytls::test
