#include "pool/hedge_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/error.hpp>

namespace anytls::pool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const time_point t0{100s};
const error_code reset = boost::asio::error::connection_reset;
const error_code refused = boost::asio::error::connection_refused;

template <typename... Actions>
auto are(Actions... actions) {
  return ElementsAre(hedge_action(actions)...);
}

TEST(hedge_core, a_fresh_session_is_used_at_once) {
  hedge_core c({});
  EXPECT_THAT(c.begin(t0, trust::fresh), are(act::use{}));
  EXPECT_TRUE(c.trusted());
  EXPECT_THAT(c.payload(t0 + 1ms, true), IsEmpty());
  c.sent();
  EXPECT_THAT(c.alive(), IsEmpty());
}

TEST(hedge_core, without_a_session_one_is_sought) {
  hedge_core c({});
  EXPECT_THAT(c.begin(t0, trust::none), are(act::seek{}));
  EXPECT_FALSE(c.trusted());
  EXPECT_THAT(c.found(), are(act::replace{}, act::use{}));
  EXPECT_TRUE(c.trusted());
}

TEST(hedge_core, a_stale_session_that_answers_in_time_needs_no_backup) {
  hedge_core c({});
  EXPECT_THAT(c.begin(t0, trust::stale), are(act::wait_until{t0 + 100ms}));
  EXPECT_FALSE(c.trusted()) << "the payload is held";
  EXPECT_THAT(c.alive(), are(act::use{}));
  EXPECT_THAT(c.timer(true, true), IsEmpty());
}

TEST(hedge_core, the_delay_is_a_few_round_trips_on_a_slow_path) {
  hedge_core c({.smoothed_rtt = 300ms});
  EXPECT_THAT(c.begin(t0, trust::stale), are(act::wait_until{t0 + 900ms}));
}

TEST(hedge_core, a_backup_wins_over_a_session_that_stays_silent) {
  hedge_core c({});
  c.begin(t0, trust::stale);
  EXPECT_THAT(c.timer(true, false), are(act::seek{}));
  EXPECT_THAT(c.found(), are(act::replace{}, act::use{}));
}

TEST(hedge_core, the_session_at_hand_may_still_win) {
  hedge_core c({});
  c.begin(t0, trust::stale);
  c.timer(true, false);
  EXPECT_THAT(c.alive(), are(act::stop_seeking{}, act::use{}));
}

TEST(hedge_core, a_backup_that_cannot_be_made_leaves_the_session_at_hand) {
  hedge_core c({});
  c.begin(t0, trust::stale);
  c.timer(true, false);
  EXPECT_THAT(c.not_found(refused), IsEmpty());
  EXPECT_THAT(c.alive(), are(act::use{}));
}

TEST(hedge_core, version_1_shows_life_by_its_acknowledgement) {
  hedge_core c({});
  c.begin(t0, trust::stale);
  EXPECT_THAT(c.timer(false, true), are(act::use{}));

  hedge_core silent({});
  silent.begin(t0, trust::stale);
  EXPECT_THAT(silent.timer(false, false), are(act::seek{}));
}

TEST(hedge_core, version_2_has_to_answer_whatever_its_kernel_says) {
  hedge_core c({});
  c.begin(t0, trust::stale);
  EXPECT_THAT(c.timer(true, true), are(act::seek{}));
}

TEST(hedge_core, a_session_that_dies_before_anything_was_sent_is_left) {
  hedge_core c({});
  c.begin(t0, trust::fresh);
  EXPECT_THAT(c.lost(reset), are(act::seek{}));
  EXPECT_FALSE(c.trusted());
  EXPECT_THAT(c.found(), are(act::replace{}, act::use{}));
}

TEST(hedge_core, the_backup_that_is_sought_already_is_waited_for) {
  hedge_core c({});
  c.begin(t0, trust::stale);
  c.timer(true, false);
  EXPECT_THAT(c.lost(reset), IsEmpty());
  EXPECT_THAT(c.not_found(refused), are(act::fail{refused}));
}

TEST(hedge_core, what_was_sent_is_not_sent_again) {
  hedge_core c({});
  c.begin(t0, trust::fresh);
  c.sent();
  EXPECT_THAT(c.lost(reset), are(act::fail{reset}));
}

TEST(hedge_core, the_moves_are_bounded) {
  hedge_core c({});
  c.begin(t0, trust::fresh);
  for (int i = 0; i < hedge_core::max_moves; ++i) {
    EXPECT_THAT(c.lost(reset), are(act::seek{})) << i;
    c.found();
  }
  EXPECT_THAT(c.lost(reset), are(act::fail{reset}));
}

TEST(hedge_core, a_wrong_password_is_refused_at_once) {
  hedge_core c({});
  c.begin(t0, trust::none);
  c.found();
  EXPECT_THAT(c.lost(errc::wrong_password), are(act::fail{errc::wrong_password}));
}

TEST(hedge_core, a_server_that_took_the_password_before_is_rather_restarting) {
  hedge_core c({.proven = true});
  c.begin(t0, trust::fresh);
  EXPECT_THAT(c.lost(errc::wrong_password), are(act::seek{}));
}

TEST(hedge_core, trust_lapses_while_the_application_says_nothing) {
  hedge_core c({});
  c.begin(t0, trust::fresh);
  EXPECT_THAT(c.payload(t0 + 1min, false), are(act::ask{}, act::wait_until{t0 + 1min + 100ms}));
  EXPECT_FALSE(c.trusted());
  EXPECT_THAT(c.payload(t0 + 1min, false), IsEmpty()) << "asked once";
  EXPECT_THAT(c.alive(), are(act::use{}));
}

TEST(hedge_core, nothing_happens_after_the_end) {
  hedge_core c({});
  c.begin(t0, trust::fresh);
  c.lost(errc::alert);
  EXPECT_THAT(c.lost(reset), IsEmpty());
  EXPECT_THAT(c.found(), IsEmpty());
  EXPECT_THAT(c.alive(), IsEmpty());
  EXPECT_THAT(c.timer(true, true), IsEmpty());
}

}  // namespace
}  // namespace anytls::pool
