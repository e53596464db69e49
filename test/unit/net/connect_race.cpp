#include "net/connect_race.h"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

namespace error = boost::asio::error;
const time_point t0{1h};
const time_point deadline = t0 + 5s;

connect_race race_of(std::size_t n) { return connect_race(n, 250ms, deadline); }

TEST(connect_race, attempts_start_250_ms_apart) {
  auto r = race_of(3);
  EXPECT_EQ(r.next(t0), race_action(start_attempt{0}));
  EXPECT_EQ(r.next(t0), race_action(wait_for_event{t0 + 250ms}));
  EXPECT_EQ(r.next(t0 + 249ms), race_action(wait_for_event{t0 + 250ms}));
  EXPECT_EQ(r.next(t0 + 250ms), race_action(start_attempt{1}));
  EXPECT_EQ(r.next(t0 + 250ms), race_action(wait_for_event{t0 + 500ms}));
  EXPECT_EQ(r.next(t0 + 500ms), race_action(start_attempt{2}));
  EXPECT_EQ(r.next(t0 + 500ms), race_action(wait_for_event{deadline}));
}

TEST(connect_race, a_failure_starts_the_next_at_once) {
  auto r = race_of(2);
  r.next(t0);
  r.failed(0, error::connection_refused);
  EXPECT_EQ(r.next(t0 + 1ms), race_action(start_attempt{1}));
}

TEST(connect_race, a_failure_of_an_older_attempt_does_not_hurry_the_next) {
  auto r = race_of(3);
  r.next(t0);
  r.next(t0 + 250ms);
  r.failed(0, error::connection_refused);
  EXPECT_EQ(r.next(t0 + 300ms), race_action(wait_for_event{t0 + 500ms}));
}

TEST(connect_race, the_first_that_connects_wins) {
  auto r = race_of(2);
  r.next(t0);
  r.next(t0 + 250ms);
  r.connected(1);
  r.connected(0);
  EXPECT_EQ(r.next(t0 + 300ms), race_action(race_won{1}));
}

TEST(connect_race, a_winner_at_the_deadline_still_wins) {
  auto r = race_of(1);
  r.next(t0);
  r.connected(0);
  EXPECT_EQ(r.next(deadline), race_action(race_won{0}));
}

TEST(connect_race, the_most_telling_failure_is_reported) {
  auto r = race_of(3);
  r.next(t0);
  r.failed(0, error::network_unreachable);
  r.next(t0);
  r.failed(1, error::connection_refused);
  r.next(t0);
  r.failed(2, error::host_unreachable);
  EXPECT_EQ(r.next(t0), race_action(race_lost{error::connection_refused}));
}

TEST(connect_race, the_deadline_is_a_timeout_unless_somebody_refused) {
  auto r = race_of(2);
  r.next(t0);
  r.failed(0, error::network_unreachable);
  r.next(t0);
  EXPECT_EQ(r.next(deadline), race_action(race_lost{make_error_code(errc::connect_timeout)}));

  auto refused = race_of(2);
  refused.next(t0);
  refused.failed(0, error::connection_refused);
  refused.next(t0);
  EXPECT_EQ(refused.next(deadline), race_action(race_lost{error::connection_refused}));
}

TEST(connect_race, never_waits_beyond_the_deadline) {
  connect_race r(2, 250ms, t0 + 100ms);
  r.next(t0);
  EXPECT_EQ(r.next(t0), race_action(wait_for_event{t0 + 100ms}));
}

TEST(connect_race, nothing_to_try) {
  auto r = race_of(0);
  EXPECT_EQ(r.next(t0), race_action(race_lost{make_error_code(errc::no_address)}));
}

}  // namespace
}  // namespace anytls::net
