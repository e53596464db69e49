// docs/spec/pool.md, "Heartbeat": what time alone decides.

#include "session/heartbeat_core.h"

#include <gtest/gtest.h>

namespace anytls::session {
namespace {

using step = heartbeat_core::step;
using facts = heartbeat_core::facts;

const time_point start = time_point{} + 1h;
const heartbeat_options every_10s{10s, std::nullopt};

TEST(heartbeat_core, off_never_asks) {
  heartbeat_core h(start);
  EXPECT_EQ(h.tick(start + 24h, {}, {}), step::none);
  h.asked(start);
  EXPECT_EQ(h.tick(start + 48h, {}, {}), step::none);
}

TEST(heartbeat_core, asks_after_one_interval_of_silence) {
  heartbeat_core h(start);
  EXPECT_EQ(h.tick(start + 9999ms, every_10s, {}), step::none);
  EXPECT_EQ(h.tick(start + 10s, every_10s, {}), step::ask);
  EXPECT_TRUE(h.waiting());
  EXPECT_EQ(h.tick(start + 10001ms, every_10s, {}), step::none) << "once";
}

TEST(heartbeat_core, whatever_arrives_begins_the_interval_anew) {
  heartbeat_core h(start);
  h.received(start + 9s);
  EXPECT_EQ(h.received_at(), start + 9s);
  EXPECT_EQ(h.tick(start + 18s, every_10s, {}), step::none);
  EXPECT_EQ(h.tick(start + 19s, every_10s, {}), step::ask);
  h.received(start + 20s);
  EXPECT_FALSE(h.waiting());
  EXPECT_EQ(h.tick(start + 29s, every_10s, {}), step::none)
      << "the answer is life, the deadline is gone";
  EXPECT_EQ(h.tick(start + 30s, every_10s, {}), step::ask);
}

TEST(heartbeat_core, deadline_is_four_round_trips_at_least) {
  EXPECT_EQ(every_10s.deadline(0s), 10s);
  EXPECT_EQ(every_10s.deadline(3s), 12s);
  EXPECT_EQ((heartbeat_options{1h, std::nullopt}.deadline(50ms)), 10s)
      << "never more because of the interval";
  EXPECT_EQ((heartbeat_options{2s, std::nullopt}.deadline(50ms)), 2s);
  EXPECT_EQ((heartbeat_options{100ms, std::nullopt}.deadline(50ms)), 200ms)
      << "a slow path costs no session";
  EXPECT_EQ((heartbeat_options{10s, 1s}.deadline(3s)), 1s) << "heartbeat_timeout as written";
}

TEST(heartbeat_core, dead_at_the_deadline) {
  heartbeat_core h(start);
  const heartbeat_options options{10s, 3s};
  EXPECT_EQ(h.tick(start + 12s, options, {}), step::ask)
      << "late: the deadline runs from the question";
  EXPECT_EQ(h.asked_at(), start + 12s);
  EXPECT_EQ(h.tick(start + 14999ms, options, {}), step::none);
  EXPECT_EQ(h.tick(start + 15s, options, {}), step::dead);
}

TEST(heartbeat_core, the_smoothed_round_trip_counts_as_it_is_now) {
  heartbeat_core h(start);
  h.tick(start + 10s, every_10s, {});
  EXPECT_EQ(h.tick(start + 20s, every_10s, facts{true, true, 4s}), step::none);
  EXPECT_EQ(h.tick(start + 26s, every_10s, facts{true, true, 4s}), step::dead);
}

// A slow application, or a target that does not read: deployed servers answer no heartbeat then.
TEST(heartbeat_core, the_deadline_does_not_run_while_we_do_not_read) {
  heartbeat_core h(start);
  h.tick(start + 10s, every_10s, {});
  for (auto t = start + 11s; t < start + 5min; t += 1s)
    EXPECT_EQ(h.tick(t, every_10s, facts{true, false, 0s}), step::none);
  EXPECT_EQ(h.tick(start + 5min + 8s, every_10s, {}), step::none) << "and begins anew";
  EXPECT_EQ(h.tick(start + 5min + 9s, every_10s, {}), step::dead);
}

TEST(heartbeat_core, a_version_1_peer_is_not_asked) {
  heartbeat_core h(start);
  EXPECT_EQ(h.tick(start + 1h, every_10s, facts{false, true, 0s}), step::none);
  EXPECT_FALSE(h.waiting());
  EXPECT_EQ(h.tick(start + 2h, every_10s, {}), step::ask) << "until it is known to answer";
}

TEST(heartbeat_core, a_forgotten_question_kills_nobody) {
  heartbeat_core h(start);
  h.tick(start + 10s, every_10s, {});
  h.forget_question();
  EXPECT_EQ(h.tick(start + 1h, every_10s, facts{false, true, 0s}), step::none);
}

TEST(heartbeat_core, a_question_for_another_reason_has_the_same_deadline) {
  heartbeat_core h(start);
  h.asked(start + 1s);
  h.asked(start + 5s);  // the first one counts
  EXPECT_EQ(h.tick(start + 10s, every_10s, {}), step::none) << "no second one beside it";
  EXPECT_EQ(h.tick(start + 11s, every_10s, {}), step::dead);
}

TEST(heartbeat_core, short_intervals_are_obeyed) {
  heartbeat_core h(start);
  const heartbeat_options options{1ms, std::nullopt};
  EXPECT_EQ(h.tick(start + 1ms, options, {}), step::ask);
  EXPECT_EQ(h.tick(start + 2ms, options, {}), step::dead);
}

}  // namespace
}  // namespace anytls::session
