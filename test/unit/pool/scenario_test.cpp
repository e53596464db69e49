// Every scenario of docs/spec/pool.md, on a virtual clock.

#include "support/pool_world.h"

namespace anytls::pool {
namespace {

using session::close_reason;
using test::close_at;
using test::create_at;
using test::pool_world;
using test::timed;
using test::transcript;
constexpr auto idle_timeout = close_reason::idle_timeout;
constexpr auto max_age = close_reason::max_age;

pool_options document_options() {
  pool_options o;
  o.min_idle_session = 2;
  o.ensure_idle_session = 5;
  o.idle_session_timeout = 5min;
  o.idle_session_check_interval = 30s;
  o.make_before_break = false;
  return o;
}

TEST(scenario, no_requests) {
  pool_world w(document_options());
  w.start();
  // The first one asks whether the server takes us; the rest follow its answer.
  EXPECT_EQ(w.taken_down(), (transcript{{0s, maintenance{0, 5, 1}},
                                        {0s, create_sessions{1}},
                                        {0s, maintenance{1, 5, 4}},
                                        {0s, create_sessions{4}}}));
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{5, 0, 0, 0}));
  w.run_until(329s);
  EXPECT_EQ(w.taken_down(), transcript{});
  w.run_until(330s);
  EXPECT_EQ(w.taken_down(), (transcript{{330s, idle_cleanup{5, 3, 2}},
                                        close_at(330s, 1, idle_timeout),
                                        close_at(330s, 2, idle_timeout),
                                        close_at(330s, 3, idle_timeout),
                                        {330s, maintenance{2, 5, 3}},
                                        create_at(330s, 3)}));
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{5, 0, 0, 0}));
}

void three_requests(pool_world& w) {
  w.start();
  for (int i = 0; i < 3; ++i) w.at(60500ms, [&w] { w.request(30s); });
  w.run_until(60500ms);
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{5, 0, 3, 0})) << "refilled at once";
  w.run_until(90500ms);
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{8, 0, 0, 0}))
      << "none closed for being over target";
  w.done();
}

TEST(scenario, three_requests) {
  pool_world w(document_options());
  three_requests(w);
  w.run_until(450s);
  EXPECT_EQ(w.taken_down(), (transcript{{330s, idle_cleanup{8, 2, 6}},
                                        close_at(330s, 1, idle_timeout),
                                        close_at(330s, 2, idle_timeout),
                                        {390s, idle_cleanup{6, 1, 5}},
                                        close_at(390s, 6, idle_timeout),
                                        {420s, idle_cleanup{5, 3, 2}},
                                        close_at(420s, 3, idle_timeout),
                                        close_at(420s, 4, idle_timeout),
                                        close_at(420s, 5, idle_timeout),
                                        {420s, maintenance{2, 5, 3}},
                                        create_at(420s, 3)}));
}

TEST(scenario, three_requests_make_before_break) {
  auto o = document_options();
  o.make_before_break = true;
  pool_world w(o);
  w.server.handshake = 50ms;
  w.start();
  for (int i = 0; i < 3; ++i) w.at(60500ms, [&w] { w.request(30s); });
  w.run_until(300s);
  w.taken_down();
  w.run_until(450s);
  EXPECT_EQ(w.taken_down(), (transcript{{330s, idle_cleanup{8, 2, 6}},
                                        close_at(330s, 1, idle_timeout),
                                        close_at(330s, 2, idle_timeout),
                                        {390s, idle_cleanup{6, 1, 5}},
                                        close_at(390s, 6, idle_timeout),
                                        {420s, idle_cleanup{5, 3, 2}},
                                        {420s, maintenance{2, 5, 3}},
                                        create_at(420s, 3),
                                        // the replacements have been there for a second
                                        close_at(421050ms, 3, idle_timeout),
                                        close_at(421050ms, 4, idle_timeout),
                                        close_at(421050ms, 5, idle_timeout)}));
  for (const auto n : w.checked) EXPECT_GE(n, 5u);
}

pool_options rate_limited() {
  pool_options o;  // as shared configs/mihomo/rate-limited.yaml
  o.ensure_idle_session = 5;
  o.ensure_idle_session_create_rate = 1;
  o.idle_session_check_interval = 60s;
  return o;
}

TEST(scenario, rate_limited) {
  pool_world w(rate_limited());
  w.start();
  for (std::size_t minute = 0; minute < 5; ++minute) {
    w.run_until(minute * 60s + 30s);
    EXPECT_EQ(w.policy.count(), (pool_policy::counts{minute + 1, 0, 0, 0}));
  }
  w.run_until(1h + 30s);
  std::vector<duration> ages;
  for (const auto& v : w.policy.snapshot(w.now())) ages.push_back(v.age);
  EXPECT_EQ(ages, (std::vector<duration>{270s, 210s, 150s, 90s, 30s}))
      << "oldest first, a minute apart";

  w.lose_all();
  w.run_until(1h + 59s);
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{0, 0, 0, 0}))
      << "renewal has spent the cycle's rate";
  for (std::size_t minute = 1; minute <= 5; ++minute) {
    w.run_until(1h + minute * 60s + 30s);
    EXPECT_EQ(w.policy.count(), (pool_policy::counts{minute, 0, 0, 0}));
  }
}

TEST(scenario, rate_limited_break_before_make_stays_at_one) {
  auto o = rate_limited();
  o.make_before_break = false;
  pool_world w(o);
  w.start();
  for (int minute = 0; minute < 60; ++minute) {
    w.run_until(minute * 60s + 30s);
    EXPECT_EQ(w.policy.count(), (pool_policy::counts{1, 0, 0, 0}));
  }
}

/// Ten sessions over their age and their idle time at the first check.
std::map<close_reason, std::size_t> ten_due(duration timeout, std::uint32_t min,
                                            std::uint32_t min_for_age) {
  pool_options o;
  o.idle_session_timeout = timeout;
  o.min_idle_session = min;
  o.min_idle_session_for_age = min_for_age;
  o.max_connection_lifetime = 10s;
  pool_world w(o);
  w.start();
  std::vector<sequence> used;
  for (int i = 0; i < 10; ++i) used.push_back(w.take());
  for (const auto seq : used) w.give_back(seq);
  EXPECT_EQ(w.policy.count().idle, 10u);
  w.run_until(60s);
  return w.closed;
}

TEST(scenario, each_minimum_protects_from_its_own_check_only) {
  using closed = std::map<close_reason, std::size_t>;
  EXPECT_EQ(ten_due(1h, 10, 2), (closed{{max_age, 8}})) << "for age 2, min 10";
  EXPECT_EQ(ten_due(20s, 2, 10), (closed{{idle_timeout, 8}})) << "the reverse";
  EXPECT_EQ(ten_due(1h, 3, 0), (closed{{max_age, 7}})) << "0 = the value of min_idle_session";
  EXPECT_EQ(ten_due(1h, 0, 0), (closed{{max_age, 10}}));
  EXPECT_EQ(ten_due(20s, 10, 10), closed{});
}

TEST(scenario, a_requester_that_goes_away) {
  auto o = document_options();
  o.ensure_idle_session = 1;
  pool_world w(o);
  w.start();
  w.run_until(1s);
  w.policy.adopted();
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{1, 0, 0, 1}));
  pool_actions out;
  const auto seq = w.policy.created(w.now(), w.now(), 0, out);
  EXPECT_EQ(out, pool_actions{});
  EXPECT_EQ(w.policy.count(), (pool_policy::counts{2, 0, 0, 0})) << "it joins the pool";
  pool_actions refill;
  EXPECT_EQ(w.policy.take(w.now(), refill), (pool_policy::handed_out{seq, 0, true}));
}

TEST(scenario, shut_down_cancels_creations_without_an_error) {
  pool_world w(document_options());
  w.server.handshake = 1s;
  w.start();
  w.run_until(1s);  // the first has been answered, four are on their way
  ASSERT_EQ(w.policy.count(), (pool_policy::counts{1, 0, 0, 4}));
  const auto busy = w.take();
  w.carry_out(w.policy.shut_down());
  w.taken_down();
  w.policy.cancelled();
  w.server.down = true;  // as cancelled ones look
  w.run_until(1h);
  EXPECT_EQ(w.taken_down(), transcript{}) << "no warning either";
  w.give_back(busy);
  EXPECT_EQ(w.done(), (transcript{close_at(1h, busy, close_reason::shutdown)}));
  EXPECT_EQ(w.policy.next_check(), time_point::max()) << "nothing to wake up for";
  EXPECT_EQ(w.policy.next_refill(w.now()), time_point::max());
}

}  // namespace
}  // namespace anytls::pool
