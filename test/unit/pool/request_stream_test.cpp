// One request and the sessions under it, on fake transports: what reaches the wire, on which one,
// and how often.

#include "pool/request_stream.h"

#include "support/fake_endpoint.h"
#include "support/pool_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anytls::pool {
namespace {

using test::close_counter;
using test::fake_endpoint;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// One session is warm, and as stale as it can be: a request has to ask it.
pool_options stale(std::uint32_t target = 1) {
  auto o = ensure(target);
  o.session_freshness = duration{0};
  o.ensure_idle_session_create_rate = target;  // what is taken is not refilled: wires stay few
  return o;
}
pool_options fresh(std::uint32_t target = 1) {
  auto o = stale(target);
  o.session_freshness = 1h;
  return o;
}

std::string hello() {
  std::string body = "\x03\x03" + std::string(32, 'r') + std::string(1, '\0') +
                     std::string("\0\x02\x13\x01", 4) + std::string("\x01\0", 2);
  auto message = std::string("\x01\0\0", 3) + static_cast<char>(body.size()) + body;
  return std::string("\x16\x03\x01\0", 4) + static_cast<char>(message.size()) + message;
}

struct request_rig : rig {
  explicit request_rig(const pool_options& options) : rig(options), app(io.get_executor()) {
    pool.start();
    EXPECT_TRUE(idle_are(options.ensure_idle_session));
    run_for(5ms);  // nothing is on its way any more, so that nothing counts as life
    for (std::size_t i = 0; i < wires.size(); ++i) seen.push_back(frames(i).size());
  }
  ~request_rig() {
    stream.reset();
    pool.shut_down();
    run_for(5ms);
  }

  void begin() {
    auto reserved = pool.reserve();
    stream = std::make_unique<request_stream>(pool, std::move(reserved), io, target);
    asio::co_spawn(
        io,
        [this]() -> task<> {
          begun = co_await stream->begin();
          if (!*begun) stream->attach(app, watcher);
        },
        asio::detached);
  }
  bool has_begun() {
    return run_until([&] { return begun.has_value(); });
  }
  /// What a wire has carried since the pool was warm.
  std::vector<std::string> news(std::size_t i) {
    auto all = frames(i);
    if (i < seen.size()) all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(seen[i]));
    return all;
  }
  /// `line`, or the end of a line: what is sent in one go reads as one line.
  bool carries(std::size_t i, const std::string& line) {
    if (i >= wires.size()) return false;
    const auto all = news(i);
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& one) { return one.ends_with(line); });
  }
  /// How often the payload has left, over all wires.
  int times_sent(const std::string& text) {
    int n = 0;
    for (std::size_t i = 0; i < wires.size(); ++i)
      for (const auto& line : news(i))
        for (auto at = line.find(text); at != line.npos; at = line.find(text, at + 1)) ++n;
    return n;
  }
  std::uint64_t counted(counter pool_counters::* which) { return (pool.counters().*which).value(); }

  fake_endpoint app;
  close_counter watcher;
  std::unique_ptr<request_stream> stream;
  std::optional<error_code> begun;
  std::vector<std::size_t> seen;
};

TEST(request_stream, on_a_fresh_session_nothing_is_waited_for) {
  request_rig r(fresh());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  EXPECT_TRUE(r.carries(0, "request"));
  EXPECT_THAT(r.news(0), Not(Contains(StartsWith("HeartRequest"))));
}

TEST(request_stream, a_stale_session_is_asked_and_the_payload_held_until_it_answers) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun()) << "the application may speak";
  r.stream->write(as_bytes("request"));
  EXPECT_THAT(r.news(0), ElementsAre("SYN 1", StartsWith("PSH 1 "), "HeartRequest 0"))
      << "the address, and nothing of the application's";
  EXPECT_EQ(r.stream->backlog(), 7u);
  r.frozen = false;
  ASSERT_TRUE(r.run_until([&] { return r.carries(0, "request"); }));
  EXPECT_EQ(r.stream->backlog(), 0u);
  EXPECT_EQ(r.wires.size(), 1u) << "no backup was needed";
  EXPECT_EQ(r.counted(&pool_counters::warm), 1u);
}

TEST(request_stream, a_backup_gets_the_payload_of_a_silent_session_once) {
  request_rig r(stale());
  r.silent.insert(0);
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  ASSERT_TRUE(r.run_until([&] { return r.carries(1, "request"); }));
  EXPECT_EQ(r.times_sent("request"), 1);
  EXPECT_TRUE(r.run_until([&] { return r.carries(0, "FIN 1"); })) << "the loser is given up";
  r.stream->write(as_bytes("more"));
  EXPECT_TRUE(r.carries(1, "more"));
  EXPECT_EQ(r.counted(&pool_counters::hedges), 1u);
  EXPECT_EQ(r.counted(&pool_counters::hedges_won), 1u);
}

TEST(request_stream, a_loser_is_not_handed_out_before_it_has_shown_life) {
  request_rig r(stale());
  r.silent.insert(0);
  r.begin();
  ASSERT_TRUE(r.run_until([&] { return r.carries(0, "FIN 1"); }));
  EXPECT_FALSE(r.pool.reserve());
  r.wires[0]->feed(frame(command::heart_response, 0));
  r.wires[0]->feed(frame(command::heart_response, 1));  // the one behind FIN: it has drained
  EXPECT_TRUE(r.run_until([&] { return static_cast<bool>(r.pool.reserve()); }));
}

TEST(request_stream, a_fresh_session_is_the_better_backup) {
  auto o = fresh(2);
  request_rig r(o);
  r.frozen = true;
  r.pool.network_changed("test");  // now both have to show life
  r.run_for(1ms);
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  r.wires[0]->feed(frame(command::heart_response, 0));  // the older one does
  ASSERT_TRUE(r.run_until([&] { return r.carries(0, "request"); }));
  EXPECT_EQ(r.times_sent("request"), 1);
  EXPECT_EQ(r.wires.size(), 2u) << "nothing was dialled";
}

TEST(request_stream, a_client_hello_need_not_wait) {
  request_rig r(stale());
  r.silent.insert(0);
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes(hello()));
  EXPECT_TRUE(r.carries(0, hello())) << "at once";
  r.stream->write(as_bytes("and more"));
  EXPECT_FALSE(r.carries(0, "and more"));
  ASSERT_TRUE(r.run_until([&] { return r.wires.size() == 2 && !r.news(1).empty(); }));
  // The backup gets it again, and what was held behind it.
  EXPECT_TRUE(r.run_until([&] { return r.carries(1, hello() + "and more"); }));
}

TEST(request_stream, a_client_hello_that_arrived_is_not_repeated) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes(hello()));
  r.stream->write(as_bytes("and more"));
  r.frozen = false;
  ASSERT_TRUE(r.run_until([&] { return r.carries(0, "and more"); }));
  EXPECT_EQ(r.times_sent(hello()), 1);
}

TEST(request_stream, moves_away_from_a_session_that_dies_before_it_was_used) {
  request_rig r(fresh());
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.wires[0]->end_reading(asio::error::connection_reset);
  ASSERT_TRUE(r.run_until([&] { return r.wires.size() == 2 && !r.news(1).empty(); }));
  r.stream->write(as_bytes("request"));
  EXPECT_TRUE(r.carries(1, "request"));
  EXPECT_EQ(r.watcher.count, 0) << "the application noticed nothing";
  EXPECT_EQ(r.counted(&pool_counters::moves), 1u);
}

TEST(request_stream, what_was_sent_is_never_sent_again) {
  request_rig r(fresh());
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  r.wires[0]->end_reading(asio::error::connection_reset);
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  EXPECT_TRUE(r.watcher.last) << "a reset, not an end";
  EXPECT_EQ(r.times_sent("request"), 1);
}

TEST(request_stream, what_the_target_said_binds_it_to_its_session) {
  request_rig r(fresh());
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.wires[0]->feed(frame(command::psh, 1, "220 ready"));
  ASSERT_TRUE(r.run_until([&] { return r.app.received == "220 ready"; }));
  r.wires[0]->end_reading(asio::error::connection_reset);
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  EXPECT_TRUE(r.watcher.last);
  EXPECT_EQ(r.wires.size(), 1u);
}

TEST(request_stream, a_cold_start_waits_for_the_connection) {
  request_rig r(pool_options{});
  r.begin();
  ASSERT_TRUE(r.has_begun());
  EXPECT_FALSE(*r.begun);
  EXPECT_EQ(r.log.count("no sessions available, opening one"), 1u);
  r.stream->write(as_bytes("request"));
  EXPECT_TRUE(r.carries(0, "request"));
  EXPECT_EQ(r.counted(&pool_counters::cold), 1u);
}

TEST(request_stream, a_server_that_is_gone_is_one_refusal_after_connect_timeout) {
  request_rig r(pool_options{});
  r.dial_error = asio::error::connection_refused;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  EXPECT_EQ(*r.begun, asio::error::connection_refused);
  EXPECT_GE(r.dialled, 2u);
  EXPECT_LE(r.dialled, 6u) << "one attempt a second";
}

TEST(request_stream, many_that_wait_share_the_attempts_and_go_on_together) {
  request_rig r(pool_options{});
  r.dial_error = asio::error::connection_refused;
  std::vector<std::unique_ptr<request_stream>> all;
  std::size_t served = 0;
  r.begin();
  r.run_for(20ms);  // the first of them has found out
  const auto before = r.dialled;
  for (int i = 0; i < 50; ++i) {
    all.push_back(std::make_unique<request_stream>(r.pool, r.pool.reserve(), r.io, target));
    asio::co_spawn(
        r.io,
        [&, one = all.back().get()]() -> task<> {
          if (!co_await one->begin()) ++served;
        },
        asio::detached);
  }
  r.run_for(2500ms);
  EXPECT_LE(r.dialled - before, 3u);
  r.dial_error = {};
  const auto back = clock::now();
  ASSERT_TRUE(r.run_until([&] { return served == 50; }));
  EXPECT_LT(clock::now() - back, 3s);
  all.clear();
}

TEST(request_stream, a_bad_certificate_is_refused_at_once) {
  request_rig r(pool_options{});
  r.dial_error = errc::certificate_untrusted;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  EXPECT_EQ(*r.begun, errc::certificate_untrusted);
  EXPECT_EQ(r.dialled, 1u);
}

TEST(request_stream, what_is_made_for_a_requester_who_went_away_joins_the_pool) {
  request_rig r(pool_options{});
  r.dial_pause = 20ms;
  r.begin();
  r.run_for(5ms);
  EXPECT_EQ(r.pool.count(), pool_policy::counts{});
  r.stream.reset();
  EXPECT_EQ(r.pool.count(), (pool_policy::counts{0, 0, 0, 1}));
  EXPECT_TRUE(r.idle_are(1));
}

TEST(request_stream, a_close_delivers_what_was_held) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("fire and forget"));
  r.stream->close();
  r.run_for(5ms);
  EXPECT_EQ(r.watcher.count, 0);
  r.frozen = false;
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  EXPECT_FALSE(r.watcher.last);
  EXPECT_THAT(r.news(0), Contains("PSH 1 fire and forget"));
  EXPECT_THAT(r.news(0), Contains("FIN 1"));
}

TEST(request_stream, a_reset_while_held_sends_nothing) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  r.stream->reset(asio::error::connection_reset);
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  r.frozen = false;
  r.run_for(20ms);
  EXPECT_EQ(r.times_sent("request"), 0);
  EXPECT_THAT(r.news(0), Contains("FIN 1"));
}

TEST(request_stream, a_refusal_on_a_session_that_was_asked_reaches_the_application) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.wires[0]->feed(frame(command::synack, 1, "connection refused"));
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  EXPECT_EQ(r.watcher.last, errc::target_refused);
  EXPECT_EQ(r.stream->detail(), "connection refused");
}

/// What wait_established() returns to somebody who has not attached yet.
std::optional<error_code> outcome_of_waiting(request_rig& r, const bytes& answer) {
  r.frozen = true;
  r.stream = std::make_unique<request_stream>(r.pool, r.pool.reserve(), r.io, target);
  std::optional<error_code> outcome;
  asio::co_spawn(
      r.io,
      [&]() -> task<> {
        if (auto e = co_await r.stream->begin(); e) co_return;
        outcome = co_await r.stream->wait_established();
      },
      asio::detached);
  r.run_for(2ms);
  r.wires[0]->feed(answer);
  r.run_until([&] { return outcome.has_value(); });
  return outcome;
}

TEST(request_stream, who_waits_hears_of_a_refusal_that_comes_with_the_first_sign_of_life) {
  request_rig r(stale());
  EXPECT_EQ(outcome_of_waiting(r, test::join({frame(command::heart_response, 0),
                                              frame(command::synack, 1, "connection refused"),
                                              frame(command::fin, 1)})),
            error_code(errc::target_refused));
}

TEST(request_stream, who_waits_hears_of_a_bare_end) {
  request_rig r(stale());
  EXPECT_EQ(outcome_of_waiting(r, frame(command::fin, 1)), error_code(errc::target_refused));
}

TEST(request_stream, who_waits_hears_when_the_server_says_nothing_for_too_long) {
  auto o = stale();
  o.stream_timeout = 50ms;
  request_rig r(o);
  EXPECT_EQ(outcome_of_waiting(r, {}), error_code(errc::stream_timeout));
}

TEST(request_stream, a_session_that_never_spoke_is_held_to_what_its_server_is_known_for) {
  auto o = fresh(2);
  o.stream_timeout = 50ms;
  request_rig r(o);
  ASSERT_TRUE(r.frames(1).empty()) << "the newest has not even sent its settings";
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  EXPECT_EQ(r.watcher.last, errc::stream_timeout);
  EXPECT_EQ(r.log.count("does it speak AnyTLS"), 0u);
}

TEST(request_stream, nothing_is_sent_on_a_session_whose_own_write_has_failed) {
  request_rig r(fresh());
  r.wires[0]->write_alone = true;
  r.wires[0]->fail_at = r.wires[0]->step;  // the SYN's own flush
  r.stream = std::make_unique<request_stream>(r.pool, r.pool.reserve(), r.io, target);
  asio::co_spawn(
      r.io,
      [&]() -> task<> {
        if (!co_await r.stream->begin()) {
          r.stream->write(as_bytes("request"));  // in the same turn, as early data is
          r.stream->attach(r.app, r.watcher);
        }
      },
      asio::detached);
  ASSERT_TRUE(r.run_until([&] { return r.carries(1, "request"); }));
  EXPECT_EQ(r.watcher.count, 0);
}

TEST(request_stream, an_answer_that_is_complete_at_once_is_not_lost) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.wires[0]->feed(test::join({frame(command::psh, 1, "all of it"), frame(command::fin, 1)}));
  ASSERT_TRUE(r.run_until([&] { return r.watcher.count == 1; }));
  EXPECT_FALSE(r.watcher.last);
  EXPECT_EQ(r.app.received, "all of it");
}

TEST(request_stream, holds_no_more_than_its_bound) {
  request_rig r(stale());
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  const bytes block(16 * 1024);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(r.stream->congested());
    r.stream->write(block);
  }
  EXPECT_TRUE(r.stream->congested());
  r.frozen = false;
  EXPECT_TRUE(r.run_until([&] { return r.app.resumed > 0; }));
}

TEST(request_stream, without_hedging_a_stale_session_is_trusted) {
  auto o = stale();
  o.hedge = false;
  request_rig r(o);
  r.frozen = true;
  r.begin();
  ASSERT_TRUE(r.has_begun());
  r.stream->write(as_bytes("request"));
  EXPECT_TRUE(r.carries(0, "request"));
}

}  // namespace
}  // namespace anytls::pool
