#include "pool/round_trip.h"

#include <gtest/gtest.h>

namespace anytls::pool {
namespace {

TEST(round_trip, the_first_sample_is_believed) { EXPECT_EQ(smooth_round_trip(0s, 300ms), 300ms); }

TEST(round_trip, answers_that_waited_for_the_host_to_wake_up_say_nothing) {
  duration rtt = 2ms;
  for (int session = 0; session < 8; ++session) rtt = smooth_round_trip(rtt, 60s);
  EXPECT_LT(rtt, 100ms) << "or a dead session would be waited for for minutes";
  for (int i = 0; i < 50; ++i) rtt = smooth_round_trip(rtt, 2ms);
  EXPECT_LT(rtt, 3ms);
}

TEST(round_trip, a_path_that_has_become_slow_is_believed_after_a_while) {
  duration rtt = 20ms;
  for (int i = 0; i < 60; ++i) rtt = smooth_round_trip(rtt, 800ms);
  EXPECT_GT(rtt, 600ms);
  EXPECT_LE(rtt, 800ms);
}

}  // namespace
}  // namespace anytls::pool
