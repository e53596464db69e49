// Own lifetimes: uniform in [max - jitter, max + jitter], so that sessions made together do not die
// together.

#include "support/pool_world.h"

#include <cmath>

namespace anytls::pool {
namespace {

using session::close_reason;
using test::pool_world;

/// Kolmogorov-Smirnov: how likely is a sample at least this far from uniform in [low, high]?
double probability(std::vector<double> sample, double low, double high) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const auto wanted = (sample[i] - low) / (high - low);
    distance = std::max(
        {distance, static_cast<double>(i + 1) / n - wanted, wanted - static_cast<double>(i) / n});
  }
  const auto lambda = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  double p = 0;
  for (int k = 1; k <= 100; ++k) p += (k % 2 ? 2 : -2) * std::exp(-2.0 * k * k * lambda * lambda);
  return std::clamp(p, 0.0, 1.0);
}

pool_options hour_and_quarter() {
  pool_options o;
  o.idle_session_timeout = 24h;
  o.max_connection_lifetime = 1h;
  o.connection_lifetime_jitter = 15min;
  return o;
}

/// When each of 1,000 sessions made together is closed, seen by checks 5 s apart.
std::vector<double> lifetimes(random_source& random) {
  auto o = hour_and_quarter();
  o.idle_session_check_interval = 5s;
  pool_policy p(o, random);
  auto now = time_point{} + 1h;
  const auto made_at = now;
  p.start(now);
  for (int i = 0; i < 1000; ++i) p.returned(now, p.opened(now, 0), false, now);
  std::vector<double> out;
  for (; p.count().idle > 0; now = p.next_check())
    for (const auto& action : p.check(now))
      if (std::holds_alternative<close_session>(action))
        out.push_back(std::chrono::duration<double>(now - made_at).count() - 2.5);
  return out;
}

TEST(lifetime, a_thousand_made_together_are_uniform) {
  EXPECT_LT(probability(std::vector<double>(1000, 3600.0), 2700, 4500), 1e-6)
      << "the test itself can fail";
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    seeded_random random(seed);
    const auto sample = lifetimes(random);
    ASSERT_EQ(sample.size(), 1000u);
    EXPECT_GT(probability(sample, 2700, 4500), 0.01) << "seed " << seed;
    EXPECT_GE(*std::min_element(sample.begin(), sample.end()), 2695.0);
    EXPECT_LE(*std::max_element(sample.begin(), sample.end()), 4505.0);
  }
}

TEST(lifetime, the_real_source_is_uniform_too) {
  system_random random;
  EXPECT_GT(probability(lifetimes(random), 2700, 4500), 1e-7);
}

TEST(lifetime, no_cycle_closes_more_than_three_times_the_mean) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    auto o = hour_and_quarter();
    o.ensure_idle_session = 1000;
    pool_world w(o, seed);
    w.server.closes_unused.reset();
    w.start();
    w.run_until(75min + 30s);
    std::map<std::int64_t, double> cycles;
    for (auto c = 45min / 30s; c <= 75min / 30s; ++c) cycles[c] = 0;
    double total = 0;
    for (const auto t : w.closed_at) {
      ++total;
      ++cycles[t / 30s];
    }
    EXPECT_GE(total, 950);
    const auto mean = total / static_cast<double>(cycles.size());
    for (const auto& [cycle, n] : cycles)
      EXPECT_LE(n, 3 * mean) << "cycle " << cycle << ", seed " << seed;
    EXPECT_EQ(w.policy.count().idle, 1000u);
  }
}

TEST(lifetime, never_under_a_second) {
  pool_options o;
  o.idle_session_check_interval = 1ms;
  o.idle_session_timeout = 1h;
  o.max_connection_lifetime = 100ms;
  o.connection_lifetime_jitter = 100ms;
  pool_world w(o);
  w.start();
  for (int i = 0; i < 100; ++i) w.request(0s);
  w.run_until(999ms);
  EXPECT_TRUE(w.closed.empty());
  w.run_until(1s);
  EXPECT_EQ(w.closed[close_reason::max_age], 100u - w.live.size());
  EXPECT_TRUE(w.live.empty());
}

TEST(lifetime, without_jitter_it_is_exact) {
  pool_options o;
  o.idle_session_check_interval = 1ms;
  o.idle_session_timeout = 1h;
  o.max_connection_lifetime = 1500ms;
  pool_world w(o);
  w.start();
  w.request(0s);
  w.run_until(1499ms);
  EXPECT_EQ(w.live.size(), 1u);
  w.run_until(1500ms);
  EXPECT_TRUE(w.live.empty());
}

}  // namespace
}  // namespace anytls::pool
