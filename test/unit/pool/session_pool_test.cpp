// The pool carried out: a fake dialer and fake transports, real timers of milliseconds, no timed
// asserts.

#include "pool/session_pool.h"

#include "support/pool_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace anytls::pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(session_pool, warm_from_the_start) {
  rig r(ensure(5));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(5));
  EXPECT_EQ(r.dialled, 5u);
  // The first one asked: Settings first. The others sent their preamble and nothing else.
  EXPECT_THAT(r.frames(0), ElementsAre(StartsWith("Settings 0 "), "HeartRequest 0"));
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_THAT(r.frames(i), ElementsAre()) << i;
    EXPECT_EQ(r.wires[i]->records.size(), 1u) << i;
  }
  EXPECT_EQ(r.log.count(
                "[EnsureIdleSession] Current idle sessions: 1, target: 5, creating 4 new sessions"),
            1u);
  EXPECT_EQ(r.log.count("[EnsureIdleSession] Successfully created and pooled session #4 (seq=5)"),
            1u);
  EXPECT_EQ(r.log.count("", log::level::info), 0u) << "nothing at info";
}

TEST(session_pool, words_of_mihomo) {
  rig r(ensure(2), log_words::mihomo);
  r.pool.start();
  ASSERT_TRUE(r.idle_are(2));
  EXPECT_EQ(
      r.log.count("[AnyTLS] Proactive pool maintenance: current=1, target=2, creating 1 sessions"),
      1u);
  EXPECT_EQ(r.log.count("[AnyTLS] Created proactive session #2"), 1u);
}

TEST(session_pool, what_is_taken_is_replaced_and_what_returns_stays) {
  rig r(ensure(2));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(2));
  auto stream = r.open();
  ASSERT_TRUE(stream);
  EXPECT_THAT(r.frames(1), ElementsAre(StartsWith("Settings 0 "), "SYN 1", StartsWith("PSH 1 ")));
  ASSERT_TRUE(r.run_until([&] { return r.pool.count() == pool_policy::counts{2, 0, 1, 0}; }));
  stream.reset();
  ASSERT_TRUE(r.idle_are(3));
  EXPECT_EQ(r.dialled, 3u);
}

TEST(session_pool, a_cold_start_sends_everything_with_the_first_stream) {
  rig r(pool_options{});
  r.pool.start();
  EXPECT_FALSE(r.pool.reserve());
  bool done = false;
  asio::co_spawn(
      r.io,
      [&]() -> task<> {
        auto* made = co_await connect(r.pool, r.io);
        EXPECT_TRUE(made);
        EXPECT_TRUE(r.wires[0]->sent.empty());
        auto stream = made->open(target);
        EXPECT_FALSE(r.wires[0]->sent.empty());
        done = true;
      },
      asio::detached);
  ASSERT_TRUE(r.run_until([&] { return done; }));
  ASSERT_TRUE(r.idle_are(1));
}

TEST(session_pool, a_reservation_that_is_not_used_is_given_back) {
  rig r(ensure(1));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(1));
  {
    auto a = r.pool.reserve();
    EXPECT_TRUE(a);
    EXPECT_EQ(&a.context(), &r.io);
    auto b = std::move(a);
    EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(r.pool.count().active, 1u);
  }
  EXPECT_EQ(r.pool.count().active, 0u);
}

TEST(session_pool, a_session_that_died_between_the_look_and_the_hand) {
  rig r(ensure(1));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(1));
  auto reserved = r.pool.reserve();
  ASSERT_TRUE(reserved);
  r.wires[0]->end_reading(asio::error::eof);
  ASSERT_TRUE(r.run_until([&] { return r.wires[0]->destroyed; }));
  EXPECT_FALSE(r.pool.claim(std::move(reserved)));
  ASSERT_TRUE(r.idle_are(1));
  EXPECT_EQ(r.dialled, 2u);
}

TEST(session_pool, lost_ones_are_replaced) {
  rig r(ensure(5));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(5));
  r.wires[0]->end_reading(asio::error::eof);
  ASSERT_TRUE(r.run_until([&] { return r.dialled == 6; }));
  ASSERT_TRUE(r.idle_are(5));
  EXPECT_EQ(r.log.count("closed: peer_closed"), 1u);
}

TEST(session_pool, failures_to_create_give_one_warning) {
  rig r(ensure(20));
  r.dial_error = asio::error::connection_refused;
  r.pool.start();
  ASSERT_TRUE(r.run_until([&] { return r.dialled >= 3; }));
  EXPECT_EQ(r.log.count("", log::level::warn), 1u);
  EXPECT_EQ(r.log.count("Connection refused; trying again", log::level::warn), 1u);
  EXPECT_EQ(r.log.count("creating a session ahead of use failed"), r.dialled)
      << "each of them at debug";
  r.dial_error = {};
  ASSERT_TRUE(r.idle_are(20));
}

TEST(session_pool, a_wrong_password_gives_one_warning) {
  rig r(ensure(20));
  r.refuses = true;
  r.pool.start();
  ASSERT_TRUE(r.run_until([&] { return r.dialled >= 3; }));
  EXPECT_EQ(r.log.count("", log::level::warn), 1u);
  EXPECT_EQ(r.log.count(error_code(errc::wrong_password).message(), log::level::warn), 1u);
  EXPECT_LE(r.alive(), 1u) << "one attempt at a time";
}

TEST(session_pool, a_wrong_password_without_a_target) {
  rig r(pool_options{});
  r.refuses = true;
  for (int i = 0; i < 3; ++i) {
    asio::co_spawn(
        r.io,
        [&]() -> task<> {
          auto* made = co_await connect(r.pool, r.io);
          auto stream = made->open(target);
        },
        asio::detached);
    const auto refused = static_cast<std::size_t>(i) + 1;
    ASSERT_TRUE(
        r.run_until([&] { return r.wires.size() == refused && r.wires.back()->destroyed; }));
  }
  EXPECT_EQ(r.log.count(error_code(errc::wrong_password).message(), log::level::warn), 1u);
}

TEST(session_pool, shut_down_closes_what_is_idle_and_lets_streams_end) {
  rig r(ensure(3));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(3));
  auto stream = r.open();
  ASSERT_TRUE(r.run_until([&] { return r.pool.count() == pool_policy::counts{3, 0, 1, 0}; }));
  r.pool.shut_down();
  ASSERT_TRUE(r.run_until([&] { return r.alive() == 1; }));
  EXPECT_EQ(r.pool.count(), (pool_policy::counts{0, 0, 1, 0}));
  stream.reset();
  ASSERT_TRUE(r.run_until([&] { return r.alive() == 0; }));
  EXPECT_EQ(r.dialled, 4u);
  EXPECT_EQ(r.log.count("", log::level::warn), 0u);
  // Nothing is left that wakes the thread up.
  r.run_for(20ms);
  r.io.restart();
  EXPECT_EQ(r.io.run_for(50ms), 0u);
}

TEST(session_pool, idle_sessions_are_closed_with_their_age_in_the_log) {
  pool_options o;
  o.idle_session_check_interval = 5ms;
  o.idle_session_timeout = 10ms;
  rig r(o);
  r.pool.start();
  asio::co_spawn(
      r.io,
      [&]() -> task<> {
        auto* made = co_await connect(r.pool, r.io);
        auto stream = made->open(target);
      },
      asio::detached);
  ASSERT_TRUE(r.run_until([&] { return !r.wires.empty() && r.wires[0]->destroyed; }));
  EXPECT_EQ(
      r.log.count("[AnyTLS] Idle cleanup: found 1 idle sessions, closing 1 (keeping 0 protected)"),
      1u);
  EXPECT_EQ(r.log.count("session #1: idle 0.0s, age 0.0s, closing: idle_timeout"), 1u);
}

// ---------------------------------------------------------------- wake-up and other networks

TEST(session_pool, after_a_wake_up_idle_sessions_show_life_or_are_replaced) {
  rig r(ensure(3));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(3));
  r.silent.insert(1);
  r.pool.network_changed("the host has slept");
  EXPECT_FALSE(r.pool.reserve().fresh()) << "nobody is trusted before he has answered";
  ASSERT_TRUE(r.run_until([&] { return r.wires[1]->destroyed; }));
  EXPECT_EQ(r.log.count("closed: network_change"), 1u);
  EXPECT_EQ(r.pool.counters().closed_by(session::close_reason::network_change).value(), 1u);
  ASSERT_TRUE(r.idle_are(3));
  EXPECT_EQ(r.dialled, 4u);
  EXPECT_TRUE(r.pool.reserve().fresh());
}

TEST(session_pool, one_change_of_the_network_is_often_told_twice) {
  rig r(ensure(2));
  r.pool.start();
  ASSERT_TRUE(r.idle_are(2));
  r.pool.network_changed("a");
  r.pool.network_changed("b");
  r.run_for(20ms);
  EXPECT_EQ(r.pool.counters().network_changes.value(), 1u);
  EXPECT_THAT(r.frames(1), ElementsAre(StartsWith("Settings 0 "), "HeartRequest 0"))
      << "asked once";
  // The second one is not forgotten: it may have been another change.
  EXPECT_TRUE(r.run_until([&] { return r.pool.counters().network_changes.value() == 2; }));
}

TEST(session_pool, sessions_with_a_server_that_answers_nothing_are_renewed) {
  rig r(ensure(2));
  r.version = 1;
  r.pool.start();
  ASSERT_TRUE(r.idle_are(2));
  r.pool.network_changed("the host has slept");
  ASSERT_TRUE(r.run_until([&] { return r.dialled == 4 && r.alive() == 2; }));
  EXPECT_EQ(r.pool.counters().closed_by(session::close_reason::network_change).value(), 2u);
}

TEST(session_pool, probe_on_wake_may_be_off) {
  auto o = ensure(2);
  o.probe_on_wake = false;
  rig r(o);
  r.pool.start();
  ASSERT_TRUE(r.idle_are(2));
  r.pool.network_changed("the host has slept");
  EXPECT_TRUE(r.pool.reserve().fresh());
}

// ---------------------------------------------------------------- heartbeat

TEST(session_pool, heartbeats_reach_the_wire_on_sessions_that_never_carried_a_stream) {
  auto o = ensure(3);
  o.heartbeat = 40ms;
  o.heartbeat_timeout = 10s;
  rig r(o);
  r.pool.start();
  ASSERT_TRUE(r.run_until([&] {
    if (r.wires.size() < 3) return false;
    for (std::size_t i = 0; i < 3; ++i)
      if (r.frames(i).size() < 3) return false;
    return true;
  }));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto all = r.frames(i);
    EXPECT_THAT(all[0], StartsWith("Settings 0 ")) << i;
    EXPECT_THAT(all[0], HasSubstr("client=test/1")) << i;
    EXPECT_EQ(all[1], "HeartRequest 0") << i;
    EXPECT_EQ(all[2], "HeartRequest 0") << i;
    // Settings and the request are one write: one record, padded as packet 1.
    EXPECT_THAT(test::frames_of(r.wires[i]->records[1]), ElementsAre(all[0], all[1])) << i;
  }
  EXPECT_EQ(r.alive(), 3u);
}

TEST(session_pool, a_dead_session_is_found_closed_and_replaced) {
  auto o = ensure(2);
  o.heartbeat = 30ms;
  o.heartbeat_timeout = 50ms;
  rig r(o);
  r.pool.start();
  ASSERT_TRUE(r.run_until([&] { return r.wires.size() == 2 && r.frames(1).size() >= 2; }));
  r.frozen = true;
  ASSERT_TRUE(r.run_until([&] { return r.log.count("closed: heartbeat_timeout") >= 2; }));
  r.frozen = false;
  ASSERT_TRUE(r.run_until([&] { return r.dialled >= 4 && r.pool.count().idle == 2; }));
}

TEST(session_pool, a_version_1_server_gets_at_most_the_one_with_settings) {
  auto o = ensure(2);
  o.heartbeat = 30ms;
  o.heartbeat_timeout = 60ms;
  rig r(o);
  r.version = 1;
  r.pool.start();
  ASSERT_TRUE(r.run_until([&] { return r.log.count("speaks version 1") >= 1; }));
  ASSERT_TRUE(r.run_until([&] { return r.pool.count().idle == 2; }));
  r.run_for(200ms);
  for (std::size_t i = 0; i < r.wires.size(); ++i) EXPECT_LE(r.frames(i).size(), 2u) << i;
  EXPECT_EQ(r.alive(), 2u) << "silence is version 1, not death";
  EXPECT_EQ(r.log.count("speaks version 1"), 1u);
  auto stream = r.open();
  ASSERT_TRUE(stream);
  r.run_for(150ms);
  EXPECT_FALSE(r.wires[1]->closed || r.wires[1]->aborted);
}

// ---------------------------------------------------------------- padding schemes

TEST(session_pool, a_new_padding_scheme_serves_new_sessions_and_renews_warm_ones) {
  auto o = ensure(2);
  rig r(o);
  r.pool.start();
  ASSERT_TRUE(r.idle_are(2));
  r.wires[0]->feed(frame(command::update_padding_scheme, 0, "stop=1\n0=10-10"));
  ASSERT_TRUE(r.run_until([&] { return r.dialled == 4; }));
  ASSERT_TRUE(r.run_until([&] { return r.alive() == 2; }));
  ASSERT_TRUE(r.idle_are(2));
  EXPECT_EQ(r.wires[0]->records[0].size(), 34u + 30u);
  EXPECT_EQ(r.wires[2]->records[0].size(), 34u + 10u);
  // The other backend's scheme, and back: bounded.
  for (int i = 0; i < 5; ++i) {
    r.wires[2]->feed(frame(command::update_padding_scheme, 0, "stop=1\n0=20-20"));
    r.wires[3]->feed(frame(command::update_padding_scheme, 0, "stop=1\n0=10-10"));
    r.run_for(5ms);
  }
  EXPECT_EQ(r.dialled, 4u);
  r.wires[2]->feed(frame(command::update_padding_scheme, 0, "nonsense"));
  ASSERT_TRUE(
      r.run_until([&] { return r.log.count("invalid padding scheme", log::level::warn) == 1; }));
}

// ---------------------------------------------------------------- threads

TEST(session_pool, four_threads_share_one_pool) {
  constexpr std::size_t threads = 4;
  constexpr int rounds = 300;
  std::array<asio::io_context, threads> contexts;
  std::vector<asio::io_context*> places;
  for (auto& c : contexts) places.push_back(&c);
  std::atomic<int> opened{0}, ended{0};
  auto o = ensure(6);
  o.max_connection_lifetime = 1s;
  o.idle_session_check_interval = 5ms;
  o.heartbeat = 20ms;
  o.heartbeat_timeout = 1h;
  auto pool = std::make_unique<session_pool>(
      session_pool::parts{
          .name = "proxy",
          .password_hash = sha256(as_bytes(std::string_view("secret"))),
          .dial = [](asio::io_context& here, duration) -> task<result<std::unique_ptr<transport>>> {
            auto wire = std::make_shared<fake_wire>(here);
            wire->feed(frame(command::server_settings, 0, "v=2"));
            co_return std::unique_ptr<transport>(std::make_unique<test::fake_transport>(wire));
          },
          .threads = places},
      o);
  pool->start();

  const auto request = [&](asio::io_context& here, int round) {
    auto reserved = std::make_shared<session_pool::reservation>(
        pool->reserve(round % 3 == 0 ? &here : nullptr));
    if (round % 7 == 0) {
      ++ended;  // not used: given back on this thread
      return;
    }
    auto& home = *reserved ? reserved->context() : here;
    asio::co_spawn(
        home,
        [&, reserved, where = &home]() -> task<> {
          session::session* s = nullptr;
          if (*reserved) s = pool->claim(std::move(*reserved)).session;
          if (!s) s = co_await connect(*pool, *where);
          if (s)
            if (auto stream = s->open(target)) ++opened;
          ++ended;
        },
        asio::detached);
  };
  std::vector<std::thread> running;
  for (auto& context : contexts) {
    running.emplace_back([&context, &request] {
      auto guard = asio::make_work_guard(context);
      for (int i = 0; i < rounds; ++i) {
        request(context, i);
        context.poll();
      }
      context.run();
    });
  }
  while (ended != static_cast<int>(threads) * rounds) std::this_thread::sleep_for(1ms);
  pool->shut_down();
  while (pool->count().active != 0) std::this_thread::sleep_for(1ms);
  for (auto& context : contexts) context.stop();
  for (auto& t : running) t.join();
  EXPECT_EQ(opened, static_cast<int>(threads) * (rounds - (rounds + 6) / 7));
  EXPECT_EQ(pool->count().idle, 0u);
  pool.reset();
}

}  // namespace
}  // namespace anytls::pool
