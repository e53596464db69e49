#include "driver.h"

#include <boost/asio/co_spawn.hpp>

#include <optional>

namespace anytls::session {
namespace {

using protocol::command;
using test::close_counter;
using test::fake_endpoint;
using test::frame;
using lines = std::vector<std::string>;

// A coroutine under way, and what it returned.
struct pending {
  pending(asio::io_context& io, task<error_code> body) {
    asio::co_spawn(io, std::move(body), [this](std::exception_ptr, error_code ec) { result = ec; });
    test::settle(io);
  }
  std::optional<error_code> result;
};

// ---------------------------------------------------------------- half-close and FIN

TEST(StreamClient, HalfCloseKeepsTheDownlinkAndSendsFinAfterSilence) {
  client_rig rig(20ms);
  rig.greet();
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  one->write(as_bytes("request"));
  one->finish();
  rig.settle();
  rig.sent();
  rig.wire->feed(frame(command::psh, 1, "response"));
  rig.settle();
  EXPECT_EQ(app.received, "response");
  wait_for(rig.io, [&] { return watcher.count == 1; });
  EXPECT_FALSE(watcher.last);
  EXPECT_EQ(rig.sent(), (lines{"FIN 1", "HeartRequest 1"}));
}

// Which of the two an end is, only a program of the same host can be asked for.
TEST(StreamClient, WhoMayBeGoneAndHadAnAnswerIsWaitedForHalfASecond) {
  for (const bool perhaps_gone : {false, true}) {
    client_rig rig(1500ms);
    rig.greet();
    auto one = rig.open();
    fake_endpoint app(rig.io.get_executor());
    close_counter watcher;
    one->attach(app, watcher);
    one->write(as_bytes("request"));
    rig.wire->feed(frame(command::psh, 1, "response"));
    rig.settle();
    rig.sent();
    const auto began = clock::now();
    perhaps_gone ? one->finish_perhaps_gone() : one->finish();
    rig.settle();
    EXPECT_EQ(rig.sent(), lines{}) << "there may be more";
    wait_for(rig.io, [&] { return watcher.count == 1; });
    const auto took = clock::now() - began;
    EXPECT_GE(took, perhaps_gone ? 400ms : 1400ms);
    if (perhaps_gone) {
      EXPECT_LT(took, 1400ms);
    }
    EXPECT_EQ(watcher.last, perhaps_gone ? asio::error::connection_aborted : error_code())
        << "whoever waits for more must not take this for the end";
    EXPECT_EQ(rig.sent(), (lines{"FIN 1", "HeartRequest 1"}));
  }
}

TEST(StreamClient, WhoMayBeGoneWithoutAnAnswerIsWaitedForAsLongAsAnybody) {
  client_rig rig(1500ms);
  rig.greet();
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig.wire->feed(frame(command::psh, 1, "banner"));
  rig.settle();
  one->write(as_bytes("request"));
  const auto began = clock::now();
  one->finish_perhaps_gone();
  wait_for(rig.io, [&] { return watcher.count == 1; });
  EXPECT_GE(clock::now() - began, 1400ms);
  EXPECT_FALSE(watcher.last);
}

TEST(StreamClient, HalfCloseOfAnApplicationThatReadsSlowlyDoesNotCutTheResponse) {
  client_rig rig(50ms);
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  app.stuck = true;
  rig.wire->feed(frame(command::psh, 1, "first"));
  rig.wire->feed(frame(command::psh, 1, " second"));
  rig.settle();
  one->finish();
  timer later(rig.io, 400ms);  // many times the timeout
  bool over = false;
  later.async_wait([&](error_code) { over = true; });
  wait_for(rig.io, [&] { return over; });
  EXPECT_EQ(watcher.count, 0);
  app.let_go(*one);
  rig.settle();
  EXPECT_EQ(app.received, "first second");
}

TEST(StreamClient, TheServersFinEndsAHalfClosedStreamAtOnce) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  one->finish();
  rig.sent();
  rig.wire->feed(test::join({frame(command::psh, 1, "all"), frame(command::fin, 1)}));
  rig.settle();
  EXPECT_EQ(app.received, "all");
  EXPECT_EQ(watcher.count, 1);
  EXPECT_FALSE(watcher.last);
  EXPECT_EQ(rig.sent(), lines{});  // FIN is not answered
}

TEST(StreamClient, NothingIsSentAfterFinish) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  one->finish();
  rig.sent();
  one->write(as_bytes("late"));
  EXPECT_EQ(rig.sent(), lines{});
}

TEST(StreamServer, FinishIsFinBehindTheData) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  auto& one = *rig.events.opened.at(0);
  fake_endpoint target(rig.io.get_executor());
  close_counter watcher;
  one.attach(target, watcher);
  one.accept();
  one.write(as_bytes("response"));
  one.finish();
  rig.settle();
  EXPECT_EQ(rig.sent(), (lines{"SYNACK 1", "PSH 1 response", "FIN 1"}));
  EXPECT_EQ(watcher.count, 1);
  EXPECT_FALSE(watcher.last);
}

TEST(StreamServer, ResetSaysSoToVersion2AndIsABareFinForVersion1) {
  for (const int version : {1, 2}) {
    server_rig rig(version);
    rig.feed({frame(command::syn, 1)});
    auto& one = *rig.events.opened.at(0);
    fake_endpoint target(rig.io.get_executor());
    close_counter watcher;
    one.attach(target, watcher);
    one.reset(asio::error::connection_reset);
    rig.settle();
    const auto sent = rig.sent();
    if (version == 1) {
      EXPECT_EQ(sent, (lines{"FIN 1"}));
    } else {
      ASSERT_EQ(sent.size(), 2u);
      EXPECT_EQ(sent[0].substr(0, 26), "SYNACK 1 connection reset:");
      EXPECT_EQ(sent[1], "FIN 1");
    }
    EXPECT_EQ(watcher.count, 1);
    EXPECT_TRUE(watcher.last);
  }
}

TEST(StreamServer, AcceptAndRefuseByVersion) {
  for (const int version : {1, 2}) {
    server_rig rig(version);
    rig.feed({frame(command::syn, 1), frame(command::syn, 2), frame(command::syn, 3)});
    rig.events.opened.at(0)->accept();
    rig.events.opened.at(1)->refuse("no route");
    rig.events.opened.at(2)->refuse("");
    rig.settle();
    EXPECT_EQ(rig.sent(), version == 1 ? (lines{"FIN 2", "FIN 3"})
                                       : (lines{"SYNACK 1", "SYNACK 2 no route", "FIN 2",
                                                "SYNACK 3 refused", "FIN 3"}));
  }
}

TEST(StreamServer, AFinOfTheClientEndsTheStreamCleanlyAfterItsData) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  fake_endpoint target(rig.io.get_executor());
  close_counter watcher;
  rig.events.opened.at(0)->attach(target, watcher);
  rig.feed({frame(command::psh, 1, "data"), frame(command::fin, 1)});
  EXPECT_EQ(target.received, "data");
  EXPECT_EQ(watcher.count, 1);
  EXPECT_FALSE(watcher.last);
  EXPECT_EQ(rig.sent(), lines{});
}

TEST(StreamServer, FinTogetherWithTheFirstDataStillDeliversIt) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  auto& one = *rig.events.opened.at(0);
  pending early(rig.io, one.wait_early());
  EXPECT_FALSE(early.result);
  rig.feed({frame(command::psh, 1, socks_address + "fire and forget"), frame(command::fin, 1)});
  ASSERT_TRUE(early.result);
  EXPECT_FALSE(*early.result);
  one.consume_early(socks_address.size());
  fake_endpoint target(rig.io.get_executor());
  close_counter watcher;
  one.attach(target, watcher);
  rig.settle();
  EXPECT_EQ(target.received, "fire and forget");
  EXPECT_EQ(watcher.count, 1);
  EXPECT_FALSE(watcher.last);

  pending again(rig.io, one.wait_early());
  EXPECT_EQ(again.result, error_code(asio::error::eof));
}

TEST(StreamServer, WaitEarlyEndsWithTheSession) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  pending early(rig.io, rig.events.opened.at(0)->wait_early());
  rig.wire->feed(frame(command::psh, 1, "x"));
  rig.wire->end_reading(asio::error::connection_reset);
  rig.settle();
  ASSERT_TRUE(early.result);
}

TEST(StreamServer, AnAbandonedStreamIsFinished) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  pending early(rig.io, rig.events.opened.at(0)->wait_early());
  rig.events.opened.clear();
  rig.settle();
  EXPECT_EQ(rig.sent(), (lines{"FIN 1"}));
  EXPECT_EQ(early.result, error_code(asio::error::operation_aborted));
}

// ---------------------------------------------------------------- draining

TEST(StreamClient, OurFinIsFollowedByAHeartRequestThatShowsWhenTheRestHasCome) {
  client_rig rig;
  rig.greet();
  auto one = rig.open();
  rig.sent();
  one->reset(asio::error::connection_reset);
  EXPECT_EQ(rig.sent(), (lines{"FIN 1", "HeartRequest 1"}));
  EXPECT_TRUE(rig.s().draining());
  EXPECT_EQ(rig.events.idle, 1);
  rig.wire->feed(
      test::join({frame(command::psh, 1, "still on its way"), frame(command::heart_response, 9)}));
  rig.settle();
  EXPECT_TRUE(rig.s().draining());
  rig.wire->feed(frame(command::heart_response, 1));
  rig.settle();
  EXPECT_FALSE(rig.s().draining());
  EXPECT_EQ(rig.events.drained, 1);
}

TEST(StreamClient, OnlyTheLastHeartRequestCounts) {
  client_rig rig;
  rig.greet();
  rig.open()->close();
  rig.open()->close();
  rig.wire->feed(frame(command::heart_response, 1));
  rig.settle();
  EXPECT_TRUE(rig.s().draining());
  rig.wire->feed(frame(command::heart_response, 2));
  rig.settle();
  EXPECT_FALSE(rig.s().draining());
}

TEST(StreamClient, AVersion1ServerGetsNoHeartRequest) {
  client_rig rig;
  auto one = rig.open();
  rig.sent();
  one->close();
  EXPECT_EQ(rig.sent(), (lines{"FIN 1"}));
  EXPECT_FALSE(rig.s().draining());
}

// ---------------------------------------------------------------- the answer of the target

TEST(StreamClient, WaitEstablishedEndsWithSynackDataOrFin) {
  struct row {
    bytes answer;
    error_code expected;
  };
  for (const auto& [answer, expected] :
       {row{frame(command::synack, 1), {}}, row{frame(command::psh, 1, "x"), {}},
        row{frame(command::synack, 1, "refused"), errc::target_refused},
        row{frame(command::fin, 1), errc::target_refused},
        row{test::join({frame(command::psh, 1, "x"), frame(command::fin, 1)}), {}},
        row{test::join({frame(command::synack, 1), frame(command::fin, 1)}), {}}}) {
    client_rig rig;
    rig.greet();
    auto one = rig.open();
    pending wait(rig.io, one->wait_established());
    EXPECT_FALSE(wait.result);
    rig.wire->feed(answer);
    rig.settle();
    ASSERT_TRUE(wait.result);
    EXPECT_EQ(*wait.result, expected);
  }
}

TEST(StreamClient, WaitEstablishedEndsWithTheSession) {
  client_rig rig;
  rig.greet();
  auto one = rig.open();
  pending wait(rig.io, one->wait_established());
  rig.wire->end_reading(asio::error::connection_reset);
  rig.settle();
  EXPECT_EQ(wait.result, error_code(asio::error::connection_reset));
}

TEST(StreamClient, AVersion1ServerSaysNothingAndThatIsEnough) {
  client_rig rig;
  auto one = rig.open();
  pending wait(rig.io, one->wait_established());
  EXPECT_FALSE(wait.result);
  rig.wire->feed(frame(command::server_settings, 0, "v=1"));
  rig.settle();
  EXPECT_EQ(wait.result, error_code{});
}

TEST(StreamClient, AVersionLearnedWhileWaitingGivesTheTargetItsFullTime) {
  client_rig rig;
  auto one = rig.open();
  pending wait(rig.io, one->wait_established());
  rig.greet();                  // version 2: a SYNACK will come, however slow the target is
  timer later(rig.io, 2300ms);  // beyond the patience with a silent server
  bool over = false;
  later.async_wait([&](error_code) { over = true; });
  wait_for(rig.io, [&] { return over; });
  EXPECT_FALSE(wait.result);
  rig.wire->feed(frame(command::synack, 1));
  rig.settle();
  EXPECT_EQ(wait.result, error_code{});
}

TEST(StreamClient, ASynackWithTextAfterDataIsAReset) {
  client_rig rig;
  rig.greet();
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig.wire->feed(
      test::join({frame(command::synack, 1), frame(command::psh, 1, "half"),
                  frame(command::synack, 1, "connection reset"), frame(command::fin, 1)}));
  rig.settle();
  EXPECT_EQ(app.received, "half");
  EXPECT_EQ(watcher.count, 1);
  EXPECT_EQ(watcher.last, errc::stream_reset);
  EXPECT_TRUE(rig.s().idle());  // the session itself is healthy
}

TEST(StreamClient, AStreamThatEndedBeforeAttachTellsItsWatcher) {
  client_rig rig;
  auto one = rig.open();
  rig.wire->feed(test::join({frame(command::psh, 1, "short answer"), frame(command::fin, 1)}));
  rig.settle();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig.settle();
  EXPECT_EQ(app.received, "short answer");
  EXPECT_EQ(watcher.count, 1);
  EXPECT_FALSE(watcher.last);
}

TEST(StreamClient, APeerThatStillReadsAfterTheEndFindsRoomAndNoHarm) {
  client_rig rig;
  auto one = rig.open();
  one->close();
  rig.sent();
  const auto room = one->prepare();
  ASSERT_FALSE(room.empty());
  ASSERT_GT(room[0].iov_len, 0u);
  std::memset(room[0].iov_base, 'x', room[0].iov_len);
  one->commit(room[0].iov_len);
  EXPECT_EQ(rig.sent(), lines{});
}

}  // namespace
}  // namespace anytls::session
