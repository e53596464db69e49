// Failing servers and servers that close what they are given: docs/spec/pool.md, "Beyond the
// documents" 1 and 4.

#include "pool/back_off.h"

#include "support/pool_world.h"

namespace anytls::pool {
namespace {

using test::create_at;
using test::pool_world;
using test::transcript;
using counts = pool_policy::counts;

pool_options ensure(std::uint32_t target) {
  pool_options o;
  o.ensure_idle_session = target;
  o.idle_session_timeout = 24h;
  return o;
}

TEST(back_off, delays_double_up_to_a_minute) {
  back_off b;
  seeded_random random(7);
  auto now = time_point{} + 1h;
  for (const duration longest : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    duration most{0};
    // The draw is uniform from 0: over many tries close to the bound and close to zero.
    duration least = 1h;
    for (int i = 0; i < 200; ++i) {
      auto copy = b;
      copy.failed(now, now, random);
      const auto delay = copy.not_before() - now;
      most = std::max<duration>(most, delay);
      least = std::min<duration>(least, delay);
    }
    EXPECT_LE(most, longest);
    EXPECT_GT(most, longest * 9 / 10);
    EXPECT_LT(least, longest / 10);
    b.failed(now, now, random);
    now += 2min;
  }
}

TEST(back_off, failures_in_flight_together_count_once) {
  back_off b;
  seeded_random random(1);
  const auto t = time_point{} + 1h;
  EXPECT_TRUE(b.failed(t + 1s, t, random));
  const auto until = b.not_before();
  for (int i = 0; i < 19; ++i) EXPECT_FALSE(b.failed(t + 2s, t, random));
  EXPECT_EQ(b.failures(), 1u);
  EXPECT_EQ(b.not_before(), until);
  EXPECT_FALSE(b.failed(t + 5s, t + 3s, random)) << "a later one counts, and is not news";
  EXPECT_EQ(b.failures(), 2u);
}

TEST(back_off, a_success_resets_but_not_one_from_before_the_failure) {
  back_off b;
  seeded_random random(1);
  const auto t = time_point{} + 1h;
  b.failed(t, t, random);
  b.succeeded(t - 1s);
  EXPECT_TRUE(b.backing_off());
  b.succeeded(t + 1s);
  EXPECT_FALSE(b.backing_off());
  EXPECT_TRUE(b.failed(t + 10s, t + 9s, random)) << "a new back-off begins";
}

TEST(back_off, closed_unused_at_once_then_1_2_4_up_to_an_interval) {
  back_off b;
  auto now = time_point{} + 1h;
  std::vector<duration> waits;
  for (int i = 0; i < 9; ++i) {
    b.closed_unused(now, now - 6s, 30s);
    b.closed_unused(now + 100ms, now - 6s, 30s);  // the same wave
    waits.push_back(std::max<duration>(0s, b.not_before() - now));
    now = std::max(now, b.not_before()) + 7s;
  }
  EXPECT_EQ(waits, (std::vector<duration>{0s, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}));
  now += 2min;
  b.closed_unused(now, now - 6s, 30s);
  EXPECT_LE(b.not_before(), now) << "forgotten after three intervals";
}

// ---------------------------------------------------------------- in the pool

TEST(back_off, a_dead_server_costs_one_attempt_per_step) {
  pool_world w(ensure(20));
  w.server.down = true;
  w.server.handshake = 20ms;
  w.start();
  w.run_until(10min);
  auto log = w.taken_down();
  ASSERT_GE(log.size(), 3u);
  EXPECT_EQ(log[2], (test::timed{20ms, backing_off{1}}));
  const auto warnings = std::count_if(log.begin(), log.end(), [](const auto& t) {
    return std::holds_alternative<backing_off>(t.what);
  });
  EXPECT_EQ(warnings, 1) << "said once";
  EXPECT_EQ(w.most_connecting, 1u);
  for (std::size_t i = 1; i < w.attempted_at.size(); ++i) {
    const auto bound = std::min<duration>(60s, 1s * (1 << std::min<std::size_t>(i - 1, 6)));
    EXPECT_LE(w.attempted_at[i] - w.attempted_at[i - 1], bound + 20ms) << i;
  }
  EXPECT_GE(w.attempts, 10u);
  EXPECT_LE(w.attempts, 60u);
  EXPECT_LE(w.turns, 10 * w.attempts) << "no work between the attempts";

  w.server.down = false;
  w.run_until(12min);
  EXPECT_EQ(w.policy.count(), (counts{20, 0, 0, 0})) << "the first success refills";
}

TEST(back_off, a_success_refills_within_the_rate) {
  auto o = ensure(20);
  o.ensure_idle_session_create_rate = 3;
  pool_world w(o);
  w.server.down = true;
  w.start();
  w.run_until(10min + 1s);
  w.server.down = false;
  w.run_until(11min + 29s);
  const auto first = w.policy.count().idle;
  EXPECT_LE(first, 9u);
  w.run_until(16min);
  EXPECT_EQ(w.policy.count().idle, 20u);
  std::map<std::int64_t, int> per_cycle;
  for (const auto t : w.attempted_at) ++per_cycle[t / 30s];
  for (const auto& [cycle, n] : per_cycle) EXPECT_LE(n, 3) << cycle;
}

TEST(back_off, a_wrong_password_with_ensure_20) {
  pool_world w(ensure(20));
  w.server.refuses = true;
  w.server.handshake = 60ms;
  w.server.round_trip = 40ms;
  w.start();
  w.run_until(1s);
  EXPECT_LE(w.attempts, 12u);
  w.run_until(1h);
  EXPECT_LE(w.most_connecting, 1u);
  EXPECT_LE(w.live.size(), 1u);
  EXPECT_LE(w.attempts, 10 + 3600 / 20u) << "the mean step is 30 s in the end";
  w.server.refuses = false;
  w.run_for(2min);
  EXPECT_EQ(w.policy.count().idle, 20u);
}

TEST(back_off, twenty_that_fail_together_count_once) {
  pool_world w(ensure(20));
  w.start();
  w.run_until(20s);
  w.server.down = true;
  w.server.handshake = 1s;
  for (int i = 0; i < 20; ++i) w.take();
  ASSERT_EQ(w.policy.count().connecting, 20u);
  w.done();
  w.run_until(21s);
  const auto retry = w.policy.next_refill(w.now()) - w.now();
  EXPECT_LE(retry, 1s);
  w.run_until(21s + retry);
  EXPECT_EQ(w.done(), (transcript{create_at(21s + retry, 1)}));
}

TEST(back_off, a_silent_server_counts_as_a_success_after_5_s) {
  pool_world w(ensure(5));
  w.server.down = true;
  w.start();
  w.run_until(3s);
  w.server.down = false;
  w.server.answers = false;
  while (w.made == 0) w.run_for(10ms);
  const auto scout = w.attempted_at.back();
  ASSERT_EQ(w.policy.count().idle, 1u);
  w.run_until(scout + 4999ms);
  EXPECT_EQ(w.policy.count().idle, 1u);
  w.run_until(scout + 5s);
  EXPECT_EQ(w.policy.count().idle, 5u);
}

TEST(back_off, one_that_ends_early_without_a_word_has_failed) {
  pool_world w(ensure(5));
  w.start();
  w.run_until(2s);  // 2 to 5 have not been answered: nobody asked
  w.lose(5);
  EXPECT_EQ(w.taken_down().back(), (test::timed{2s, backing_off{1}}));
  w.run_until(10s);
  EXPECT_EQ(w.policy.count().idle, 5u);
  w.taken_down();
  w.lose(4);  // it has lived 5 s
  EXPECT_EQ(w.taken_down(), (transcript{{10s, maintenance{4, 5, 1}}, create_at(10s, 1)}));
}

TEST(back_off, a_request_that_was_answered_ends_it) {
  pool_world w(ensure(5));
  w.server.down = true;
  w.start();
  w.run_until(5min);
  w.server.down = false;
  w.done();
  w.take();  // by itself, past the back-off
  w.run_until(5min);
  EXPECT_EQ(w.done(), (transcript{create_at(5min, 5)}));
}

// Sessions made per hour by a server that closes unused ones after 6 s: every wave is the target at
// most, and waves are an interval + 6 s apart after the first seven. Every request adds two: what
// it takes, and what it leaves.
TEST(back_off, a_server_that_closes_unused_sessions_is_not_hammered) {
  for (const auto gap : {duration{0}, duration{10s}, duration{1500ms}}) {
    SCOPED_TRACE(std::chrono::duration<double>(gap).count());
    pool_world w(ensure(5));
    w.server.handshake = 80ms;
    w.server.round_trip = 40ms;
    w.server.closes_unused = 6s;
    w.start();
    if (gap > 0s) w.traffic(gap, 1s, 1h);
    w.run_until(1h);
    const std::size_t waves = 7 + 3600 / 36;
    EXPECT_LE(w.made, 5 * waves + 2 * w.requests);
    EXPECT_GE(w.made, gap > 0s ? 5u : 5 * (waves - 10));
  }
}

TEST(back_off, what_was_used_and_dies_young_is_replaced_at_once) {
  pool_world w(ensure(3));
  w.start();
  for (int i = 1; i <= 10; ++i) {
    w.run_until(i * 6s);
    const auto idle = w.take(), active = w.take();
    w.give_back(idle);
    w.lose(idle);
    w.lose(active);
    w.run_for(0s);
    EXPECT_EQ(w.policy.count().idle, 3u) << i;
  }
}

TEST(back_off, closed_unused_the_first_time_is_replaced_at_once) {
  pool_world w(ensure(5));
  w.start();
  w.run_until(20s);
  w.done();
  w.lose_all();
  w.run_until(20s);
  EXPECT_EQ(w.policy.count().idle, 5u);
  w.run_until(26s);
  w.done();
  w.lose_all();
  w.run_until(29s);
  EXPECT_EQ(w.done(), (transcript{create_at(27s, 5)})) << "the second time after a second";
}

}  // namespace
}  // namespace anytls::pool
