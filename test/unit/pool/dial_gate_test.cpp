#include "pool/dial_gate.h"

#include <gtest/gtest.h>

namespace anytls::pool {
namespace {

const time_point t0{100s};

TEST(dial_gate, everybody_dials_while_the_server_answers) {
  dial_gate g;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(g.may_dial(t0));
}

TEST(dial_gate, one_a_second_is_shared_while_it_is_down) {
  dial_gate g;
  g.failed(t0);
  int dialled = 0;
  // A hundred requests ask every 10 ms for ten seconds.
  for (auto t = t0; t < t0 + 10s; t += 10ms)
    for (int i = 0; i < 100; ++i) dialled += g.may_dial(t);
  EXPECT_EQ(dialled, 9) << "at 1, 2 ... 9 s";
}

TEST(dial_gate, a_failure_more_does_not_move_the_turn) {
  dial_gate g;
  g.failed(t0);
  g.failed(t0 + 900ms);
  EXPECT_EQ(g.next_turn(), t0 + 1s);
  EXPECT_TRUE(g.may_dial(t0 + 1s));
}

TEST(dial_gate, a_success_opens_it_at_once_and_says_whether_it_was_shut) {
  dial_gate g;
  EXPECT_FALSE(g.succeeded());
  g.failed(t0);
  EXPECT_FALSE(g.may_dial(t0 + 1ms));
  EXPECT_TRUE(g.succeeded());
  EXPECT_TRUE(g.may_dial(t0 + 2ms));
  EXPECT_FALSE(g.succeeded());
}

TEST(dial_gate, whoever_comes_long_after_the_failure_need_not_wait) {
  dial_gate g;
  g.failed(t0);
  EXPECT_TRUE(g.may_dial(t0 + 1h));
  EXPECT_FALSE(g.may_dial(t0 + 1h));
}

}  // namespace
}  // namespace anytls::pool
