#include "pool/round_trip.h"

#include <gtest/gtest.h>

namespace anytls::pool {
namespace {

constexpr time_point start{std::chrono::hours(1)};

// Samples one after another, each begun when the one before had ended.
time_point take(round_trip& path, time_point now, duration each, int count) {
  for (int i = 0; i < count; ++i) path.sample(now += each, each);
  return now;
}

TEST(round_trip, the_first_sample_is_believed) {
  round_trip path;
  EXPECT_EQ(path.smoothed(), 0s);
  path.sample(start, 300ms);
  EXPECT_EQ(path.smoothed(), 300ms);
}

TEST(round_trip, answers_that_waited_for_the_host_to_wake_up_say_nothing) {
  round_trip path;
  path.sample(start, 2ms);
  auto now = start + 60s;
  for (int session = 0; session < 8; ++session) path.sample(now += 1ms, 60s);
  EXPECT_LT(path.smoothed(), 20ms) << "or a dead session would be waited for for minutes";
  take(path, now, 2ms, 50);
  EXPECT_LT(path.smoothed(), 3ms);
}

TEST(round_trip, what_many_have_waited_for_together_counts_once) {
  round_trip path;
  auto now = take(path, start, 1ms, 8) + 1400ms;
  for (int handshake = 0; handshake < 100; ++handshake) path.sample(now += 100us, 1400ms);
  EXPECT_LT(path.smoothed(), 10ms);
}

TEST(round_trip, a_short_one_counts_beside_a_long_one) {
  round_trip path;
  path.sample(start, 400ms);
  path.sample(start + 1ms, 100ms);
  EXPECT_LT(path.smoothed(), 400ms);
}

TEST(round_trip, a_path_that_has_become_slow_is_believed_after_a_while) {
  round_trip path;
  path.sample(start, 20ms);
  take(path, start, 800ms, 60);
  EXPECT_GT(path.smoothed(), 600ms);
  EXPECT_LE(path.smoothed(), 800ms);
}

}  // namespace
}  // namespace anytls::pool
