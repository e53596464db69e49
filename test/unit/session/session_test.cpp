#include "driver.h"

#include "base/io_buffers.h"
#include "base/limits.h"

namespace anytls::session {
namespace {

using protocol::command;
using test::close_counter;
using test::fake_endpoint;
using test::frame;
using test::join;
using test::pattern;
using lines = std::vector<std::string>;

const std::string client_settings = "Settings 0 v=2\nclient=test/1\npadding-md5=" +
                                    protocol::padding_scheme::parse("stop=1").value().md5();

// ---------------------------------------------------------------- opening

TEST(SessionClient, TheFirstStreamCarriesTheSettingsTheSecondDoesNot) {
  client_rig rig;
  EXPECT_EQ(rig.sent(), lines{});
  auto one = rig.open();
  EXPECT_EQ(rig.wire->records.size(), 1u);  // one write: Settings, SYN and address
  EXPECT_EQ(rig.sent(), (lines{client_settings, "SYN 1", "PSH 1 " + socks_address}));
  auto two = rig.open();
  EXPECT_EQ(rig.wire->records.size(), 2u);
  EXPECT_EQ(rig.sent(), (lines{"SYN 2", "PSH 2 " + socks_address}));
}

TEST(SessionClient, ThePreambleLeavesWithTheFirstStreamOrAlone) {
  client_rig rig;
  rig.s().authenticate(as_bytes("preamble"), false);
  EXPECT_TRUE(rig.wire->sent.empty());
  EXPECT_EQ(rig.wire->records.size(), 1u);
  auto one = rig.open();
  EXPECT_EQ(as_text(rig.wire->sent).substr(0, 8), "preamble");
  EXPECT_EQ(rig.wire->records.size(), 2u);

  client_rig warm;
  warm.s().authenticate(as_bytes("preamble"), true);
  EXPECT_EQ(as_text(warm.wire->sent), "preamble");
}

TEST(SessionClient, ApplicationBytesAreAWriteOfTheirOwn) {
  client_rig rig;
  auto one = rig.open();
  rig.sent();
  one->write(as_bytes("GET /"));
  EXPECT_EQ(rig.wire->records.size(), 2u);
  EXPECT_EQ(rig.sent(), (lines{"PSH 1 GET /"}));
}

TEST(SessionClient, SchemeAndVersionReachTheOwner) {
  client_rig rig;
  rig.wire->feed(join({frame(command::update_padding_scheme, 0, "stop=2"),
                       frame(command::server_settings, 0, "v=2")}),
                 1);
  rig.settle();
  EXPECT_EQ(rig.events.schemes, (lines{"stop=2"}));
  EXPECT_EQ(rig.events.version, 2);
  EXPECT_EQ(rig.s().peer_version(), 2);
}

TEST(SessionServer, AnswersTheSettings) {
  asio::io_context io;
  auto wire = std::make_shared<test::fake_wire>(io);
  seeded_random random(1);
  owner events;
  const session_core::server_side side{"stop=9", "other", 5};
  events.driver =
      std::make_unique<session>(std::make_unique<test::fake_transport>(wire), side, random, events);
  events.driver->start(frame(command::settings, 0, "v=2\nclient=c/1\npadding-md5=md5"));
  test::settle(io);
  EXPECT_EQ(test::frames_of(wire->sent),
            (lines{"UpdatePaddingScheme 0 stop=9", "ServerSettings 0 v=2"}));
  EXPECT_EQ(events.driver->client_text(), "c/1");
  events.driver.reset();
}

TEST(SessionServer, SynBeforeSettingsSendsTheAlertBeforeItCloses) {
  asio::io_context io;
  auto wire = std::make_shared<test::fake_wire>(io);
  seeded_random random(1);
  owner events;
  const session_core::server_side side{"stop=9", "other", 5};
  events.driver =
      std::make_unique<session>(std::make_unique<test::fake_transport>(wire), side, random, events);
  events.driver->start();
  wire->feed(frame(command::syn, 1));
  test::settle(io);
  EXPECT_EQ(test::frames_of(wire->sent), (lines{"Alert 0 client did not send its settings"}));
  EXPECT_EQ(events.closed, 1);
  EXPECT_EQ(events.error, errc::protocol_error);
  EXPECT_TRUE(wire->closed);  // not aborted: the reset would destroy the alert
}

// ---------------------------------------------------------------- data

TEST(SessionClient, DataArrivesWholeHoweverItIsCut) {
  const auto data = pattern(3000);
  bytes script = join({frame(command::server_settings, 0, "v=2"), frame(command::synack, 1)});
  for (std::size_t at = 0; at < data.size(); at += 500)
    append(script,
           join({frame(command::psh, 1, data.substr(at, 500)), frame(command::waste, 0, "000")}));
  append(script, frame(command::fin, 1));
  for (const std::size_t step : {1, 2, 3, 6, 7, 8, 13, 507, 4096}) {
    client_rig rig;
    auto one = rig.open();
    fake_endpoint app(rig.io.get_executor());
    close_counter watcher;
    one->attach(app, watcher);
    rig.wire->feed(script, step);
    rig.settle();
    EXPECT_EQ(app.received, data) << step;
    EXPECT_EQ(watcher.count, 1);
    EXPECT_FALSE(watcher.last);  // a clean end, after all of its data
    EXPECT_EQ(rig.events.idle, 1);
    EXPECT_TRUE(rig.s().idle());
    EXPECT_FALSE(rig.s().draining());
  }
}

TEST(SessionClient, FramesOfSeveralStreamsInOneReadKeepTheirOrder) {
  client_rig rig;
  rig.greet();
  auto one = rig.open();
  auto two = rig.open();
  fake_endpoint app_one(rig.io.get_executor()), app_two(rig.io.get_executor());
  close_counter watcher_one, watcher_two;
  one->attach(app_one, watcher_one);
  two->attach(app_two, watcher_two);
  bytes all;
  std::string for_one, for_two;
  const auto add = [&](std::uint32_t id, std::string& expected, const std::string& data) {
    expected += data;
    append(all, frame(command::psh, id, data));
  };
  for (int i = 0; i < 40; ++i)
    add(1, for_one, std::to_string(i) + " ");  // more than go in one call
  for (int i = 0; i < 3; ++i) {
    add(2, for_two, "b" + std::to_string(i));
    add(1, for_one, "a" + std::to_string(i));
  }
  append(all, frame(command::fin, 1));
  append(all, frame(command::psh, 1, "too late"));
  add(2, for_two, "end");
  rig.wire->feed(all);
  rig.settle();
  EXPECT_EQ(app_one.received, for_one);
  EXPECT_EQ(app_two.received, for_two);
  EXPECT_EQ(watcher_one.count, 1);
  EXPECT_EQ(watcher_two.count, 0);
}

TEST(SessionClient, EarlyDataIsKeptAndBoundedAndTheSessionPauses) {
  client_rig rig;
  auto one = rig.open();
  const auto data = pattern(1 << 20);
  bytes script;
  for (std::size_t at = 0; at < data.size(); at += 16000)
    append(script, frame(command::psh, 1, std::string_view(data).substr(at, 16000)));
  rig.wire->feed(script, 10000);
  rig.settle();
  EXPECT_GE(one->early().size(), limits::early_data - 10000);
  EXPECT_LE(one->early().size(), limits::early_data + 10000);
  EXPECT_LT(rig.wire->bytes_read,
            limits::early_data + 20000);  // the rest waits outside: back-pressure

  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig.settle();
  EXPECT_EQ(app.received, data);
}

TEST(SessionClient, ACongestedPeerPausesReadingAndLosesNothing) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  const auto data = pattern(400000);
  bytes script;
  for (std::size_t at = 0; at < data.size(); at += 16000)
    append(script, frame(command::psh, 1, std::string_view(data).substr(at, 16000)));
  append(script, frame(command::fin, 1));
  app.stuck = true;
  rig.wire->feed(script, 7001);
  for (int turn = 0; app.received.size() < data.size(); ++turn) {
    const auto before = app.received.size();
    rig.settle();
    ASSERT_GT(app.received.size(), before);
    ASSERT_LE(app.received.size() - before, 7001u);  // one live stream: paused at once
    app.let_go(*one);
    app.stuck = true;
  }
  app.let_go(*one);
  rig.settle();
  EXPECT_EQ(app.received, data);
  EXPECT_EQ(watcher.count, 1);
  EXPECT_FALSE(watcher.last);
}

/// Frames of `size` bytes in all for one stream, as one piece that arrives.
bytes download(std::uint32_t id, std::size_t size) {
  bytes out;
  const std::string part(16000, 'x');
  while (out.size() + part.size() < size) append(out, frame(command::psh, id, part));
  return out;
}

TEST(SessionClient, WhereTheReaderKeepsUpReadsAreLargeAfterTheFirst) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig.wire->feed(download(1, 4 << 20));
  rig.settle();
  ASSERT_GE(rig.wire->reads.size(), 3u);
  EXPECT_EQ(rig.wire->reads[0], io_buffers::size);
  EXPECT_EQ(rig.wire->reads[1], io_buffers::large_size);
  EXPECT_EQ(rig.wire->reads[2], io_buffers::large_size);
  // A read that is not full says that the sender does not keep up.
  rig.wire->feed(download(1, 50000));
  rig.settle();
  rig.wire->reads.clear();
  rig.wire->feed(download(1, 1 << 20));
  rig.settle();
  EXPECT_EQ(rig.wire->reads[0], io_buffers::size);
}

TEST(SessionClient, AReaderThatStopsHoldsOneLargeReadAndThenSmallOnes) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  const auto all = download(1, 4 << 20);
  rig.wire->feed(bytes_view(all).first(io_buffers::size));
  rig.settle();
  app.stuck = true;
  rig.wire->feed(bytes_view(all).subspan(io_buffers::size));
  rig.settle();
  EXPECT_LE(app.held, io_buffers::large_size);
  EXPECT_GT(app.held, io_buffers::size);
  rig.wire->reads.clear();
  app.let_go(*one);
  app.stuck = true;
  rig.settle();
  ASSERT_FALSE(rig.wire->reads.empty());
  EXPECT_EQ(rig.wire->reads[0], io_buffers::size);
}

TEST(SessionClient, SeveralStreamsAreNeverReadInLargePieces) {
  client_rig rig;
  auto one = rig.open();
  auto two = rig.open();
  fake_endpoint quick(rig.io.get_executor()), other(rig.io.get_executor());
  close_counter w1, w2;
  one->attach(quick, w1);
  two->attach(other, w2);
  rig.wire->feed(download(1, 2 << 20));
  rig.settle();
  for (const auto read : rig.wire->reads) EXPECT_LE(read, io_buffers::size);
}

// A stream that one read brings whole makes a server hold all of that read.
TEST(SessionServer, ALargeReadThatBringsANewStreamIsTheLastOfItsSession) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  fake_endpoint quick(rig.io.get_executor());
  close_counter watcher;
  rig.events.opened[0]->attach(quick, watcher);
  const auto largest = [&] {
    rig.wire->reads.clear();
    auto all = download(1, 1 << 20);
    append(all, join({frame(command::syn, 3), frame(command::fin, 3)}));
    rig.wire->feed(all);
    rig.settle();
    return *std::max_element(rig.wire->reads.begin(), rig.wire->reads.end());
  };
  EXPECT_EQ(largest(), io_buffers::large_size);
  rig.events.opened.pop_back();  // the new one, which is over
  rig.wire->reads.clear();
  rig.wire->feed(download(1, 2 << 20));
  rig.settle();
  for (const auto read : rig.wire->reads) EXPECT_LE(read, io_buffers::size);
}

std::size_t room_of(stream& to) {
  std::size_t size = 0;
  for (const auto& slot : to.prepare()) size += slot.iov_len;
  return size;
}

TEST(SessionClient, ANewStreamBeginsWithSmallPieces) {
  client_rig rig;
  {
    auto one = rig.open();
    for (int i = 0; i < 8; ++i) one->commit(1);  // past the padding
    one->commit(io_buffers::size);
    EXPECT_GT(room_of(*one), io_buffers::size);
  }
  rig.settle();
  auto two = rig.open();
  EXPECT_LE(room_of(*two), io_buffers::size);
}

TEST(SessionServer, WhereTheKernelTakesAllASourceReadsInLargePieces) {
  server_rig rig;
  rig.feed({frame(command::syn, 1)});
  auto& one = *rig.events.opened[0];
  const auto small = room_of(one);
  EXPECT_LE(small, io_buffers::size);
  one.commit(small);
  const auto large = room_of(one);
  EXPECT_GT(large, io_buffers::large_size - io_buffers::size);
  EXPECT_LE(large, io_buffers::large_size);
  one.commit(1000);  // the source has no more
  EXPECT_EQ(room_of(one), small);
  one.commit(small);
  EXPECT_EQ(room_of(one), large);
  rig.wire->take(100000);
  one.commit(large);  // the kernel does not take it all
  EXPECT_EQ(room_of(one), small);
}

TEST(SessionServer, ABlockedStreamStopsTheOthersOnlyAboveItsLimit) {
  server_rig rig;
  rig.feed({frame(command::syn, 1), frame(command::syn, 2)});
  ASSERT_EQ(rig.events.opened.size(), 2u);
  fake_endpoint slow(rig.io.get_executor()), quick(rig.io.get_executor());
  close_counter w1, w2;
  rig.events.opened[0]->attach(slow, w1);
  rig.events.opened[1]->attach(quick, w2);
  slow.stuck = true;

  bytes script;
  const std::string part(10000, 'x');
  for (int i = 0; i < 100; ++i)
    append(script, join({frame(command::psh, 1, part), frame(command::psh, 2, part)}));
  rig.wire->feed(script, 10007);
  rig.settle();
  EXPECT_GE(slow.received.size(), limits::stream_backlog);
  EXPECT_LE(slow.received.size(), limits::stream_backlog + 20014);
  EXPECT_GE(quick.received.size(), limits::stream_backlog - 20014);  // it went on until then
  slow.let_go(*rig.events.opened[0]);
  rig.settle();
  EXPECT_EQ(slow.received.size(), 1000000u);
  EXPECT_EQ(quick.received.size(), 1000000u);
}

TEST(SessionServer, WhenTheBlockedStreamEndsTheOthersGoOn) {
  server_rig rig;
  rig.feed({frame(command::syn, 1), frame(command::syn, 2)});
  fake_endpoint slow(rig.io.get_executor()), quick(rig.io.get_executor());
  close_counter w1, w2;
  rig.events.opened[0]->attach(slow, w1);
  rig.events.opened[1]->attach(quick, w2);
  slow.stuck = true;
  for (int i = 0; i < 40; ++i) rig.wire->feed(frame(command::psh, 1, std::string(10000, 'x')));
  rig.wire->feed(frame(command::psh, 2, "behind it"));
  rig.settle();
  EXPECT_EQ(quick.received, "");
  rig.events.opened[0]->reset(asio::error::connection_reset);
  rig.settle();
  EXPECT_EQ(quick.received, "behind it");
}

TEST(SessionClient, AFullKernelCongestsTheStreamsUntilItHasDrained) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint app(rig.io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig.sent();
  rig.wire->take(5);
  one->write(as_bytes(pattern(50000)));
  rig.settle();
  EXPECT_TRUE(one->congested());
  EXPECT_EQ(app.resumed, 0);
  rig.wire->take(1000);
  rig.settle();
  EXPECT_TRUE(one->congested());
  rig.wire->take(test::fake_wire::unlimited);
  rig.settle();
  EXPECT_FALSE(one->congested());
  EXPECT_EQ(app.resumed, 1);
  one->write(as_bytes("more"));
  EXPECT_EQ(rig.sent(), (lines{"PSH 1 " + pattern(50000) + "more"}));
}

TEST(SessionServer, AnswersThatNobodyReadsAreBounded) {
  server_rig rig;
  rig.wire->take(0);
  bytes flood;
  for (int i = 0; i < 1000; ++i)
    append(flood, frame(command::heart_request, static_cast<std::uint32_t>(i)));
  for (int i = 0; i < 1000; ++i) rig.wire->feed(flood);  // 7 MB
  rig.settle();
  EXPECT_FALSE(rig.wire->incoming.empty());
  EXPECT_LE(rig.wire->queued.size(), limits::answer_backlog + io_buffers::size);
  rig.wire->take(test::fake_wire::unlimited);
  rig.settle();
  EXPECT_TRUE(rig.wire->incoming.empty());
  EXPECT_EQ(rig.sent().size(), 1000000u);
}

TEST(SessionServer, TheLimitOfStreamsIsKept) {
  server_rig rig(2, 2);
  rig.feed({frame(command::syn, 1), frame(command::syn, 2), frame(command::syn, 3)});
  EXPECT_EQ(rig.events.opened.size(), 2u);
  EXPECT_EQ(rig.sent(), (lines{"SYNACK 3 too many streams", "FIN 3"}));
}

// ---------------------------------------------------------------- the end

TEST(SessionClient, ADyingSessionResetsItsStreams) {
  for (const error_code why :
       {error_code(asio::error::eof), error_code(errc::tls_closed_without_notify),
        error_code(asio::error::connection_reset)}) {
    client_rig rig;
    rig.greet();
    auto one = rig.open();
    fake_endpoint app(rig.io.get_executor());
    close_counter watcher;
    one->attach(app, watcher);
    rig.wire->feed(frame(command::psh, 1, "half"));
    rig.wire->end_reading(why);
    rig.settle();
    EXPECT_EQ(app.received, "half");
    EXPECT_EQ(watcher.count, 1);
    EXPECT_TRUE(watcher.last) << "a cut stream must not look whole";
    EXPECT_EQ(rig.events.closed, 1);
    EXPECT_EQ(rig.events.reason, why == asio::error::connection_reset ? close_reason::io_error
                                                                      : close_reason::peer_closed);
    EXPECT_TRUE(rig.wire->aborted);
    EXPECT_TRUE(rig.wire->destroyed);
  }
}

TEST(SessionClient, ClosedBeforeAnyFrameMeansWrongPassword) {
  for (const error_code why :
       {error_code(asio::error::eof), error_code(errc::tls_closed_without_notify),
        error_code(asio::error::connection_reset)}) {
    client_rig rig;
    auto one = rig.open();
    close_counter watcher;
    fake_endpoint app(rig.io.get_executor());
    one->attach(app, watcher);
    rig.wire->end_reading(why);
    rig.settle();
    EXPECT_EQ(rig.events.error, errc::wrong_password);
    EXPECT_EQ(watcher.last, errc::wrong_password);
  }
  client_rig other;
  other.wire->end_reading(asio::error::timed_out);
  other.settle();
  EXPECT_EQ(other.events.error, asio::error::timed_out);
}

TEST(SessionClient, AWebServerAndAnAlert) {
  client_rig web;
  auto one = web.open();
  web.wire->feed(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  web.settle();
  EXPECT_EQ(web.events.error, errc::not_anytls);
  EXPECT_EQ(web.events.closed, 1);

  client_rig alert;
  auto two = alert.open();
  alert.wire->feed(frame(command::alert, 0, "go away"));
  alert.settle();
  EXPECT_EQ(alert.events.error, errc::alert);
  EXPECT_EQ(alert.events.reason, close_reason::alert);
}

TEST(SessionClient, WhatTheServerSaidCountsMoreThanAWriteThatFailed) {
  client_rig rig;
  rig.wire->write_alone = true;
  auto one = rig.open();
  rig.wire->feed(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  rig.wire->fail_at = rig.wire->step;  // the next flush, and all after it
  one->write(as_bytes("hello"));
  rig.settle();
  EXPECT_EQ(rig.events.error, errc::not_anytls);
  EXPECT_EQ(rig.events.closed, 1);
}

TEST(SessionClient, AWriteThatFailsBeforeTheServerHasSaidAnythingIsARefusal) {
  client_rig rig;
  rig.wire->write_alone = true;
  auto one = rig.open();
  rig.wire->fail_at = rig.wire->step;
  rig.wire->fail_with = asio::error::broken_pipe;
  one->write(as_bytes("hello"));
  rig.settle();
  EXPECT_EQ(rig.events.error, errc::wrong_password);
}

TEST(SessionClient, NothingOpensOnAClosedSession) {
  client_rig rig;
  rig.s().close(close_reason::shutdown);
  EXPECT_EQ(rig.open(), nullptr);
  rig.s().close(close_reason::idle_timeout);  // the first reason counts
  rig.settle();
  EXPECT_EQ(rig.events.closed, 1);
  EXPECT_EQ(rig.events.reason, close_reason::shutdown);
  EXPECT_TRUE(rig.wire->closed);
}

TEST(SessionClient, ANewStreamEndsThePauseThatItsPredecessorMade) {
  client_rig rig;
  auto one = rig.open();
  fake_endpoint slow(rig.io.get_executor());
  close_counter w1, w2;
  one->attach(slow, w1);
  slow.stuck = true;
  rig.wire->feed(frame(command::psh, 1, "unread"));
  rig.settle();
  rig.wire->feed(frame(command::psh, 2, "for the second"));
  rig.settle();
  auto two = rig.open();  // now there are several: 256 KiB may wait
  fake_endpoint quick(rig.io.get_executor());
  two->attach(quick, w2);
  rig.settle();
  EXPECT_EQ(quick.received, "for the second");
}

TEST(SessionClient, AStreamThatNobodyReadsIsEndedForTheSakeOfTheOthers) {
  client_rig rig;
  rig.s().set_stall_patience(20ms);
  auto one = rig.open();
  auto two = rig.open();
  fake_endpoint stuck(rig.io.get_executor()), quick(rig.io.get_executor());
  close_counter w1, w2;
  one->attach(stuck, w1);
  two->attach(quick, w2);
  stuck.stuck = true;
  const std::string chunk(60'000, 'x');
  for (int i = 0; i < 5; ++i) rig.wire->feed(frame(command::psh, 1, chunk));
  rig.settle();  // above 256 KiB: the session pauses
  rig.wire->feed(frame(command::psh, 2, "for the second"));
  rig.settle();
  EXPECT_EQ(quick.received, "");
  wait_for(rig.io, [&] { return w1.count == 1; });
  EXPECT_EQ(w1.last, errc::stream_reset);
  wait_for(rig.io, [&] { return quick.received == "for the second"; });
  EXPECT_EQ(w2.count, 0);
}

TEST(Session, AStoppedContextLeavesNothingBehind) {
  auto rig = std::make_unique<client_rig>();
  auto one = rig->open();
  fake_endpoint app(rig->io.get_executor());
  close_counter watcher;
  one->attach(app, watcher);
  rig->wire->take(3);
  one->write(as_bytes("stuck in drain"));
  rig->settle();
  rig->events.driver.reset();  // reader and drainer are still suspended
  one.reset();
  rig.reset();
}

}  // namespace
}  // namespace anytls::session
