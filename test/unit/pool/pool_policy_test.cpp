// Single decisions of the pool's policy: every option, and every point of "Beyond the documents" in
// docs/spec/pool.md.

#include "pool/pool_policy.h"

#include "support/pool_world.h"

namespace anytls::pool {
namespace {

using session::close_reason;
using test::close_at;
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

// ---------------------------------------------------------------- options

TEST(pool_policy, without_a_target_nothing_is_made) {
  pool_world w(pool_options{});
  w.start();
  w.run_until(1h);
  EXPECT_EQ(w.attempts, 0u);
  EXPECT_EQ(w.policy.next_refill(w.now()), time_point::max());
}

TEST(pool_policy, defaults_close_what_is_idle_longer_than_30_s) {
  pool_world w(pool_options{});
  w.start();
  w.request(500ms);
  w.run_until(59s);
  EXPECT_EQ(w.closed.size(), 0u) << "29.5 s at the first check";
  w.run_until(60s);
  EXPECT_EQ(w.done(), (transcript{close_at(60s, 1, close_reason::idle_timeout)}));
}

TEST(pool_policy, idle_exactly_as_long_as_the_timeout_is_not_longer) {
  pool_world w(pool_options{});
  w.start();
  w.request(0s);
  w.run_until(30s);
  EXPECT_EQ(w.closed.size(), 0u);
  w.run_until(60s);
  EXPECT_EQ(w.closed[close_reason::idle_timeout], 1u);
}

TEST(pool_policy, short_durations_are_obeyed) {
  pool_options o;
  o.idle_session_check_interval = 1ms;
  o.idle_session_timeout = 2ms;
  pool_world w(o);
  w.start();
  w.request(0s);
  w.run_until(2ms);
  EXPECT_EQ(w.closed.size(), 0u);
  w.run_until(3ms);
  EXPECT_EQ(w.done(), (transcript{close_at(3ms, 1, close_reason::idle_timeout)}));
}

TEST(pool_policy, the_longest_durations_do_not_overflow) {
  auto o = ensure(2);
  o.idle_session_check_interval = o.idle_session_timeout = o.max_connection_lifetime =
      duration::max();
  o.connection_lifetime_jitter = duration::max();
  pool_world w(o);
  w.start();
  w.run_until(24h);
  EXPECT_EQ(w.policy.count(), (counts{2, 0, 0, 0}));
  EXPECT_LT(w.turns, 10u);
}

TEST(pool_policy, the_newest_are_kept_and_their_clock_restarts) {
  pool_options o;
  o.min_idle_session = 1;
  pool_world w(o);
  w.start();
  const auto a = w.take(), b = w.take();
  w.give_back(b);
  w.give_back(a);
  w.run_until(60s);
  EXPECT_EQ(w.done(), (transcript{close_at(60s, a, close_reason::idle_timeout)}))
      << "newest = highest number";
  EXPECT_EQ(w.policy.snapshot(w.now()).front().idle_for, 0s);
  EXPECT_EQ(w.policy.snapshot(w.now()).front().age, 60s);
}

TEST(pool_policy, age_alone_closes_at_the_lifetime) {
  pool_options o;
  o.idle_session_timeout = 1h;
  o.max_connection_lifetime = 60s;
  pool_world w(o);
  w.start();
  w.request(0s);
  w.run_until(59s);
  EXPECT_EQ(w.closed.size(), 0u);
  w.run_until(60s);
  EXPECT_EQ(w.taken_down(),
            (transcript{{60s, age_cleanup{1, 0}}, close_at(60s, 1, close_reason::max_age)}));
}

TEST(pool_policy, a_cycle_checks_idle_then_age_then_ensures) {
  pool_options o;
  o.ensure_idle_session = 4;
  o.make_before_break = false;
  o.idle_session_timeout = 70s;
  o.max_connection_lifetime = 80s;
  o.min_idle_session_for_age = 1;
  pool_world w(o);
  w.start();
  // 3 and 4 were used: they are not idle long enough, only too old.
  w.at(30s + 1ms, [&] {
    const auto a = w.take(), b = w.take();
    w.give_back(a);
    w.give_back(b);
  });
  w.run_until(89s);
  ASSERT_EQ(w.idle(), (std::vector<sequence>{1, 2, 3, 4, 5, 6}));
  w.taken_down();
  w.run_until(90s);
  EXPECT_EQ(w.taken_down(), (transcript{{90s, idle_cleanup{6, 2, 4}},
                                        {90s, age_cleanup{2, 2}},
                                        close_at(90s, 1, close_reason::idle_timeout),
                                        close_at(90s, 2, close_reason::idle_timeout),
                                        close_at(90s, 3, close_reason::max_age),
                                        close_at(90s, 4, close_reason::max_age),
                                        {90s, maintenance{2, 4, 2}},
                                        create_at(90s, 2)}));
}

TEST(pool_policy, disable_reuse_uses_warm_sessions_once) {
  auto o = ensure(2);
  o.disable_reuse = true;
  pool_world w(o);
  w.start();
  w.done();
  const auto seq = w.take();
  EXPECT_EQ(w.done(), (transcript{create_at(0s, 1)}));
  w.run_until(1s);
  w.give_back(seq);
  EXPECT_EQ(w.done(), (transcript{close_at(1s, seq, close_reason::shutdown)}));
  EXPECT_EQ(w.policy.count(), (counts{2, 0, 0, 0}));
}

TEST(pool_policy, disable_reuse_does_not_waste_what_was_not_used) {
  auto o = ensure(2);
  o.disable_reuse = true;
  pool_world w(o);
  w.start();
  pool_actions out;
  const auto got = w.policy.take(w.now(), out);
  EXPECT_EQ(w.policy.put_back_unused(w.now(), got->seq), pool_actions{});
}

// ---------------------------------------------------------------- handing out

TEST(pool_policy, the_newest_is_handed_out) {
  pool_world w(ensure(3));
  w.start();
  EXPECT_EQ(w.take(), 3u);
  w.run_for(0s);
  EXPECT_EQ(w.take(), 4u) << "its replacement is newer still";
  w.run_for(0s);
  w.give_back(3);
  w.give_back(4);
  EXPECT_EQ(w.idle().size(), 5u);
}

TEST(pool_policy, one_over_its_lifetime_is_handed_out_first_the_oldest_of_them) {
  auto o = ensure(3);
  o.max_connection_lifetime = 100s;
  o.ensure_idle_session_create_rate = 1;
  o.idle_session_check_interval = 1h;
  pool_world w(o);
  w.start();
  for (int i = 0; i < 3; ++i) {
    w.take();
    w.run_for(10s);
  }
  for (sequence s = 1; s <= 3; ++s) w.give_back(s);
  w.run_until(111s);  // 1 and 2 are over age, 3 is not
  EXPECT_EQ(w.take(), 1u);
  EXPECT_EQ(w.take(), 2u);
  EXPECT_EQ(w.take(), 3u);
}

TEST(pool_policy, draining_ones_are_not_handed_out_before_they_have_drained) {
  pool_options o;
  o.idle_session_timeout = 1h;
  pool_world w(o);
  w.start();
  const auto a = w.take(), b = w.take();
  w.give_back(a);
  w.give_back(b, true);
  EXPECT_EQ(w.take(), a);
  EXPECT_NE(w.take(), b) << "a cold start is better than a server that does not read on";
  w.give_back(a);
  w.policy.drained(b);
  EXPECT_EQ(w.take(), b);
}

TEST(pool_policy, only_of_one_thread) {
  pool_options o;
  seeded_random random(1);
  pool_policy p(o, random);
  const time_point t{};
  p.start(t);
  const auto a = p.opened(t, 0), b = p.opened(t, 1);
  p.returned(t, a, false, t);
  p.returned(t, b, false, t);
  pool_actions out;
  EXPECT_EQ(p.take(t, out, {.only = 0}), (pool_policy::handed_out{a, 0, true}));
  EXPECT_EQ(p.take(t, out, {.only = 0}), std::nullopt);
  EXPECT_EQ(p.take(t, out, {.only = 7}), std::nullopt);
  EXPECT_EQ(p.take(t, out), (pool_policy::handed_out{b, 1, true}));
}

// ---------------------------------------------------------------- proof of life

/// Three idle sessions; `a` made first.
struct three {
  explicit three(pool_options o = {}) : policy(o, random) {
    policy.start(t);
    for (auto* one : {&a, &b, &c}) *one = policy.opened(t, 0);
    for (const auto seq : {a, b, c}) policy.returned(t, seq, false, t);
  }
  std::optional<pool_policy::handed_out> take(bool fresh = false) {
    pool_actions out;
    return policy.take(now, out, {.fresh = fresh});
  }
  using got = pool_policy::handed_out;
  const time_point t{1h};
  time_point now = t;
  seeded_random random{1};
  pool_policy policy;
  sequence a = 0, b = 0, c = 0;
};

TEST(pool_policy, a_fresh_session_is_better_than_a_newer_stale_one) {
  three w;
  w.now = w.t + 11s;
  w.policy.heard(w.t + 5s, w.a);
  EXPECT_EQ(w.take(), (three::got{w.a, 0, true}));
  EXPECT_EQ(w.take(), (three::got{w.c, 0, false})) << "of the stale ones the newest";
  EXPECT_EQ(w.take(true), std::nullopt) << "rather none than a stale one";
}

TEST(pool_policy, freshness_follows_the_heartbeat) {
  pool_options o;
  EXPECT_EQ(o.freshness(), 10s);
  o.heartbeat = 4s;
  EXPECT_EQ(o.freshness(), 6s);
  o.heartbeat = 30s;
  EXPECT_EQ(o.freshness(), 10s);
  o.session_freshness = 1min;
  EXPECT_EQ(o.freshness(), 1min);
  three w(o);
  w.now = w.t + 1min;
  EXPECT_TRUE(w.take()->fresh);
  w.now += 1ns;
  EXPECT_FALSE(w.take()->fresh);
}

TEST(pool_policy, without_hedging_every_session_is_trusted) {
  pool_options o;
  o.hedge = false;
  three w(o);
  w.now = w.t + 20s;
  EXPECT_EQ(w.take(true), (three::got{w.c, 0, true}));
}

TEST(pool_policy, a_doubted_session_waits_for_a_sign_of_life) {
  three w;
  w.policy.doubt(w.now, w.c);
  EXPECT_EQ(w.take(), (three::got{w.b, 0, false})) << "what took one took the others, perhaps";
  w.now += 1ms;
  w.policy.heard(w.now, w.c);
  EXPECT_EQ(w.take(), (three::got{w.c, 0, true}));
}

TEST(pool_policy, what_a_session_heard_in_use_counts) {
  three w;
  EXPECT_EQ(w.take()->seq, w.c);
  w.now = w.t + 30s;
  w.policy.returned(w.now, w.c, false, w.t + 29s);
  EXPECT_EQ(w.take(), (three::got{w.c, 0, true}));
}

TEST(pool_policy, after_a_wake_up_nobody_is_trusted_before_he_has_answered) {
  three w;
  EXPECT_EQ(w.policy.network_changed(w.now, true), pool_actions{});
  EXPECT_EQ(w.take(true), std::nullopt);
  w.now += 1ms;
  w.policy.heard(w.now, w.b);
  EXPECT_EQ(w.take(true)->seq, w.b);
  EXPECT_EQ(w.take(), (three::got{w.c, 0, false})) << "asked by the request itself";
}

TEST(pool_policy, what_a_session_in_use_heard_before_the_wake_up_counts_no_more) {
  three w;
  EXPECT_EQ(w.take()->seq, w.c);
  w.policy.network_changed(w.t + 2s, true);
  w.policy.returned(w.t + 3s, w.c, false, w.t + 1s);
  w.now = w.t + 3s;
  EXPECT_EQ(w.take(true), std::nullopt);
}

TEST(pool_policy, after_a_wake_up_those_that_nobody_can_ask_go) {
  three w;
  EXPECT_EQ(w.policy.network_changed(w.now, false),
            (pool_actions{close_session{w.a, 0, session::close_reason::network_change},
                          close_session{w.b, 0, session::close_reason::network_change},
                          close_session{w.c, 0, session::close_reason::network_change}}));
  EXPECT_EQ(w.policy.count(), pool_policy::counts{});
}

TEST(pool_policy, with_a_target_they_are_renewed_and_none_goes_before_its_successor) {
  pool_options o;
  o.ensure_idle_session = 3;
  three w(o);
  const auto connecting = w.policy.count().connecting;
  const auto out = w.policy.network_changed(w.now, false);
  EXPECT_EQ(std::count_if(out.begin(), out.end(),
                          [](const auto& a) { return std::holds_alternative<close_session>(a); }),
            0);
  const auto after = w.policy.count();
  EXPECT_EQ(after.idle + after.retiring, 3u);
  EXPECT_GE(after.connecting, connecting);
  EXPECT_GE(after.retiring, 1u);
}

TEST(pool_policy, what_was_not_used_goes_back_as_it_was) {
  pool_world w(ensure(1));
  w.start();
  w.run_until(10s);
  pool_actions out;
  const auto got = w.policy.take(w.now(), out);
  w.policy.put_back_unused(w.now(), got->seq);
  EXPECT_EQ(w.policy.snapshot(w.now()).front().idle_for, 10s)
      << "the clock of the idle check goes on";
  EXPECT_EQ(w.policy.put_back_unused(w.now(), got->seq), pool_actions{}) << "twice is once";
  EXPECT_EQ(w.policy.put_back_unused(w.now(), 99), pool_actions{});
  EXPECT_EQ(w.policy.returned(w.now(), 99, false, w.now()), pool_actions{});
  EXPECT_EQ(w.policy.lost(w.now(), 99), pool_actions{});
}

// ---------------------------------------------------------------- 1. refill at once

TEST(pool_policy, the_scout_asks_first_and_the_rest_follow_its_answer) {
  pool_world w(ensure(20));
  w.server.handshake = 100ms;
  w.server.round_trip = 50ms;
  w.start();
  EXPECT_TRUE(w.policy.wants_proof());
  w.run_until(10s);
  EXPECT_EQ(w.done(), (transcript{create_at(0s, 1), create_at(150ms, 19)}));
  EXPECT_FALSE(w.policy.wants_proof());
}

TEST(pool_policy, without_an_answer_the_rest_follow_after_a_second) {
  pool_world w(ensure(20));
  w.server.handshake = 100ms;
  w.server.answers = false;
  w.start();
  w.run_until(10s);
  EXPECT_EQ(w.done(), (transcript{create_at(0s, 1), create_at(1100ms, 19)}));
}

TEST(pool_policy, the_scout_may_be_taken_meanwhile) {
  pool_world w(ensure(3));
  w.server.answers = false;
  w.start();
  w.take();
  w.run_until(10s);
  EXPECT_EQ(w.done(), (transcript{create_at(0s, 1), create_at(1s, 3)}));
}

TEST(pool_policy, a_request_that_was_answered_is_a_scout_too) {
  pool_world w(ensure(3));
  w.server.handshake = 300ms;
  w.start();
  w.at(100ms, [&] { w.take(); });  // a cold start, answered at once
  w.run_until(200ms);
  EXPECT_EQ(w.done(), (transcript{create_at(0s, 1), create_at(100ms, 2)}));
}

TEST(pool_policy, taken_and_lost_ones_are_replaced_at_once) {
  pool_world w(ensure(5));
  w.start();
  w.run_until(45s);
  w.done();
  w.take();
  w.lose(1);
  w.run_until(50s);
  EXPECT_EQ(w.done(), (transcript{create_at(45s, 1), create_at(45s, 1)}));
  EXPECT_EQ(w.policy.count(), (counts{5, 0, 1, 0}));
}

TEST(pool_policy, creations_in_flight_are_counted) {
  pool_world w(ensure(3));
  w.start();
  w.run_until(10s);
  w.server.handshake = 10s;
  w.done();
  w.take();
  w.take();
  w.run_until(15s);
  EXPECT_EQ(w.done(), (transcript{create_at(10s, 1), create_at(10s, 1)}));
  EXPECT_EQ(w.policy.count(), (counts{1, 0, 2, 2}));
}

TEST(pool_policy, no_more_than_32_in_flight) {
  pool_world w(ensure(100));
  w.server.handshake = 1s;
  w.start();
  w.run_until(1min);
  EXPECT_EQ(w.most_connecting, 32u);
  EXPECT_EQ(w.policy.count(), (counts{100, 0, 0, 0}));
}

TEST(pool_policy, the_rate_is_of_a_cycle) {
  auto o = ensure(5);
  o.ensure_idle_session_create_rate = 2;
  pool_world w(o);
  w.start();
  w.run_until(65s);
  EXPECT_EQ(w.done(),
            (transcript{create_at(0s, 1), create_at(0s, 1), create_at(30s, 2), create_at(60s, 1)}));
  w.take();
  w.take();
  EXPECT_EQ(w.done(), (transcript{create_at(65s, 1)}));
  EXPECT_EQ(w.policy.next_refill(w.now()), time_point::max())
      << "nothing but the next check brings more";
}

TEST(pool_policy, without_refill_immediately_only_checks_refill) {
  auto o = ensure(5);
  o.refill_immediately = false;
  pool_world w(o);
  w.server.handshake = 50ms;
  w.start();
  w.run_until(10s);
  EXPECT_EQ(w.policy.count().idle, 5u) << "the start is a cycle too";
  w.take();
  w.lose(1);
  const auto turns = w.turns;
  w.run_until(29s);
  EXPECT_EQ(w.policy.count(), (counts{3, 0, 1, 0}));
  EXPECT_EQ(w.turns, turns) << "and nothing wakes up for it";
  w.done();
  w.run_until(30s);
  EXPECT_EQ(w.done(), (transcript{create_at(30s, 2)}));
  w.take();  // in a cycle that has created already, with creations under way
  w.run_until(59s);
  EXPECT_EQ(w.done(), transcript{});
}

TEST(pool_policy, without_refill_immediately_failed_creations_are_tried_again_in_their_cycle) {
  auto o = ensure(3);
  o.refill_immediately = false;
  pool_world w(o);
  w.server.down = true;
  w.start();
  w.at(5s, [&] { w.server.down = false; });
  w.run_until(29s);
  EXPECT_EQ(w.policy.count().idle, 3u);
}

// ---------------------------------------------------------------- 2. make before break

TEST(pool_policy, a_retiring_one_may_be_handed_out_and_returns_as_idle) {
  auto o = ensure(2);
  o.idle_session_timeout = 20s;
  pool_world w(o);
  w.start();
  w.server.handshake = 10s;
  w.run_until(30s);
  ASSERT_EQ(w.policy.count(), (counts{0, 2, 0, 2}));
  EXPECT_EQ(w.take(), 2u);
  EXPECT_EQ(w.policy.count(), (counts{0, 1, 1, 2})) << "its replacement is under way already";
  w.run_until(31s);
  w.give_back(2);
  EXPECT_EQ(w.policy.count(), (counts{1, 1, 0, 2}));
  w.done();
  w.run_until(45s);
  EXPECT_EQ(w.done(), (transcript{close_at(41s, 1, close_reason::idle_timeout)}));
  EXPECT_EQ(w.idle(), (std::vector<sequence>{2, 3, 4}))
      << "above the target, but it returned from use";
}

TEST(pool_policy, renewal_is_paid_from_what_the_deficit_leaves_oldest_first_idle_and_age_together) {
  auto o = ensure(4);
  o.ensure_idle_session_create_rate = 3;
  o.idle_session_timeout = 50s;
  o.max_connection_lifetime = 45s;
  o.idle_session_check_interval = 60s;
  pool_world w(o);
  w.start();
  w.run_until(20s);
  EXPECT_EQ(w.policy.count().idle, 3u);
  const auto seq = w.take();  // 3: too old at the check, idle for 35 s only
  ASSERT_EQ(seq, 3u);
  w.run_until(25s);
  w.policy.put_back_unused(w.now(), seq);
  w.done();
  w.run_until(60s);  // 1 and 2 for their idle time, 3 for its age, one is missing
  EXPECT_EQ(w.done(), (transcript{create_at(60s, 3)}));
  EXPECT_EQ(w.idle(), (std::vector<sequence>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(w.policy.count(), (counts{4, 2, 0, 0})) << "one of three for the deficit";
  w.run_until(61s);
  EXPECT_EQ(w.idle(), (std::vector<sequence>{3, 4, 5, 6}));
}

TEST(pool_policy, what_is_above_the_target_is_closed_not_renewed) {
  auto o = ensure(2);
  o.idle_session_timeout = 40s;
  pool_world w(o);
  w.start();
  for (int i = 0; i < 3; ++i) w.request(1s);
  w.run_until(1s);
  ASSERT_EQ(w.policy.count(), (counts{5, 0, 0, 0}));
  w.done();
  w.run_until(60s);
  EXPECT_EQ(w.done(),
            (transcript{close_at(60s, 1, close_reason::idle_timeout),
                        close_at(60s, 2, close_reason::idle_timeout),
                        close_at(60s, 3, close_reason::idle_timeout), create_at(60s, 2)}));
}

TEST(pool_policy, a_creation_beyond_the_target_is_a_replacement_already) {
  auto o = ensure(2);
  o.idle_session_timeout = 20s;
  pool_world w(o);
  w.start();
  w.server.handshake = 1h;
  const auto a = w.take(), b = w.take();  // two are being made
  w.give_back(a);
  w.give_back(b);
  ASSERT_EQ(w.policy.count(), (counts{2, 0, 0, 2}));
  w.done();
  w.run_until(30s);
  EXPECT_EQ(w.done(), transcript{})
      << "idle + connecting never exceeds the target because of a creation";
  EXPECT_EQ(w.policy.count(), (counts{0, 2, 0, 2}));
}

TEST(pool_policy, a_failing_replacement_costs_no_working_session) {
  for (const bool refuses : {false, true}) {
    SCOPED_TRACE(refuses ? "after the handshake: the password was changed" : "at the dial");
    auto o = ensure(5);
    o.idle_session_timeout = 60s;
    o.max_connection_lifetime = 10min;
    pool_world w(o);
    w.server.handshake = w.server.round_trip = 100ms;
    w.start();
    w.run_until(50s);
    ASSERT_EQ(w.policy.count(), (counts{5, 0, 0, 0}));
    (refuses ? w.server.refuses : w.server.down) = true;
    w.done();
    w.run_until(6h);
    EXPECT_TRUE(w.closed.empty());
    for (sequence s = 1; s <= 5; ++s) EXPECT_TRUE(w.live.contains(s));
    EXPECT_LT(w.attempts, 5 + 5 + 6 * 3600 / 25);
    w.server.down = w.server.refuses = false;
    w.run_for(3min - 5s);
    EXPECT_EQ(w.policy.count(), (counts{5, 0, 0, 0})) << "the first success renews";
    EXPECT_GT(w.idle().front(), 5u);
  }
}

// One whose place was taken by one that returned from use leaves no deficit: rotation must go on
// all the same.
TEST(pool_policy, a_full_pool_renews_again_after_a_failure) {
  auto o = ensure(2);
  o.max_connection_lifetime = 60s;
  pool_world w(o);
  w.start();
  w.run_until(10s);
  w.server.down = true;
  const auto seq = w.take();  // its replacement fails
  w.run_for(0s);
  w.give_back(seq);
  ASSERT_EQ(w.policy.count(), (counts{2, 0, 0, 0}));
  w.run_until(10min);
  EXPECT_TRUE(w.closed.empty());
  w.server.down = false;
  w.run_until(15min);
  EXPECT_GT(w.idle().front(), 2u);
  EXPECT_EQ(w.warm(), 2u);
}

TEST(pool_policy, checks_never_lower_a_healthy_pool) {
  for (const bool busy : {false, true}) {
    auto o = ensure(5);
    o.max_connection_lifetime = 60s;
    o.connection_lifetime_jitter = 20s;
    pool_world w(o);
    w.server.handshake = 120ms;
    w.server.round_trip = 80ms;
    w.start();
    w.run_until(1s);
    if (busy) w.traffic(700ms, 2s, 1h);
    w.run_until(1h);
    EXPECT_GE(w.least_after_lowering_check, 5u);
    for (const auto n : w.checked) EXPECT_GE(n, busy ? 0u : 5u);
    EXPECT_GE(w.closed[close_reason::max_age], 5u * 40) << "and it rotates";
    EXPECT_EQ(w.cold_starts, 0u);
  }
}

TEST(pool_policy, a_fast_rotation_keeps_the_pool_full) {
  auto o = ensure(5);
  o.max_connection_lifetime = 6s;
  o.connection_lifetime_jitter = 3s;
  o.idle_session_check_interval = 200ms;
  pool_world w(o);
  w.server.handshake = 20ms;
  w.start();
  w.run_until(1s);
  w.checked.clear();
  w.run_until(1min);
  for (const auto n : w.checked) {
    EXPECT_GE(n, 5u);
    EXPECT_LE(n, 10u);
  }
  EXPECT_GE(w.closed[close_reason::max_age], 35u);
}

// ---------------------------------------------------------------- 3. over age in use

TEST(pool_policy, over_age_in_use_is_closed_on_return) {
  auto o = ensure(1);
  o.max_connection_lifetime = 60s;
  o.min_idle_session_for_age = 10;  // idle it would have been kept
  pool_world w(o);
  w.start();
  const auto seq = w.take();
  w.run_until(100s);
  EXPECT_TRUE(w.live.contains(seq)) << "it finishes its stream";
  w.done();
  w.give_back(seq);
  EXPECT_EQ(w.done(), (transcript{close_at(100s, seq, close_reason::max_age)}));
}

// ---------------------------------------------------------------- padding schemes, protocol.md
// section 2

TEST(pool_policy, another_padding_scheme_renews_what_is_unused_within_the_rate) {
  auto o = ensure(4);
  o.ensure_idle_session_create_rate = 3;
  pool_world w(o);
  w.start();
  w.run_until(60s);
  w.request(1s);
  w.run_until(70s);  // one has been used: it has its scheme's writes behind it
  ASSERT_EQ(w.policy.count(), (counts{5, 0, 0, 0}));
  w.done();
  w.carry_out(w.policy.scheme_changed(w.now()));
  w.run_until(85s);
  // 4 was used; 5 replaced it: one creation of this cycle's three is spent.
  EXPECT_EQ(w.done(),
            (transcript{close_at(70s, 1, close_reason::padding_changed), create_at(70s, 2),
                        close_at(71s, 2, close_reason::padding_changed),
                        close_at(71s, 3, close_reason::padding_changed)}));
  w.run_until(95s);
  EXPECT_EQ(w.done(),
            (transcript{create_at(90s, 1), close_at(91s, 5, close_reason::padding_changed)}));
}

TEST(pool_policy, another_padding_scheme_leaves_used_sessions_alone) {
  pool_world w(ensure(2));
  w.start();
  w.run_until(10s);
  const auto seq = w.take();
  w.give_back(seq);
  w.run_until(20s);
  w.carry_out(w.policy.scheme_changed(w.now()));
  w.run_until(90s);
  EXPECT_TRUE(w.live.contains(seq));
  EXPECT_FALSE(w.live.contains(1));
  EXPECT_FALSE(w.live.contains(3));
}

TEST(pool_policy, two_backends_with_different_schemes_do_not_make_the_pool_churn) {
  pool_world w(ensure(5));
  w.server.handshake = 50ms;
  w.start();
  for (duration t = 1s; t < 1h; t += 1s)
    w.at(t, [&] { w.carry_out(w.policy.scheme_changed(w.now())); });
  w.run_until(1h);
  // At most once in ten minutes: 6 times 5, and the 5 of the start.
  EXPECT_EQ(w.made, 35u);
  for (const auto n : w.checked) EXPECT_GE(n, 5u);
}

TEST(pool_policy, without_a_target_an_old_scheme_is_better_than_a_cold_start) {
  pool_options o;
  o.idle_session_timeout = 1h;
  pool_world w(o);
  w.start();
  w.request(1s);
  w.run_until(2s);
  EXPECT_EQ(w.policy.scheme_changed(w.now()), pool_actions{});
  w.run_until(10min);
  EXPECT_TRUE(w.closed.empty());
}

}  // namespace
}  // namespace anytls::pool
