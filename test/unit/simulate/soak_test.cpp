// A month of the pool in a second: nothing may grow, whatever happens again and again.

#include "simulate/simulation.h"

#include <gtest/gtest.h>

namespace anytls::simulate {
namespace {

struct watcher final : observer {
  void on_sample(const sample& s) override {
    const auto& c = s.counts;
    most = std::max(most, c.idle + c.retiring + c.active + c.connecting);
    if (s.at > last_third)
      most_late = std::max(most_late, c.idle + c.retiring + c.active + c.connecting);
    last = s;
  }
  duration last_third{};
  std::size_t most = 0;
  std::size_t most_late = 0;
  sample last;
};

TEST(pool_soak, a_month_of_outages_naps_of_the_nat_and_bursts) {
  pool::pool_options o;
  o.ensure_idle_session = 8;
  o.min_idle_session = 2;
  o.ensure_idle_session_create_rate = 5;
  o.idle_session_timeout = 5min;
  o.max_connection_lifetime = 1h;
  o.connection_lifetime_jitter = 15min;
  o.heartbeat = 20s;
  scenario s;
  s.length = 30 * 24h;
  s.nat_timeout = 15min;
  s.server_idle_close = 20min;
  s.seed = 7;
  std::vector<arrival> bursts;
  for (auto at = 10min; at < s.length; at += 10min) bursts.push_back({at, 20, std::nullopt});
  s.requests.push_back(listed_traffic{std::move(bursts)});
  for (auto at = 6h; at < s.length; at += 6h) s.outages.push_back({at, 7min});

  watcher seen;
  seen.last_third = s.length / 3 * 2;
  const auto r = run(o, s, &seen);
  const auto hours = 30.0 * 24;
  EXPECT_GT(r.requests, 80'000u);
  EXPECT_LE(seen.most, 20u + 8 + 8) << "a burst, the pool, and what replaces it";
  EXPECT_LE(seen.most_late, seen.most);
  EXPECT_LT(static_cast<double>(r.handshakes) / hours, 250) << "the pool must not churn";
  // Nothing is forgotten: what was made is closed or still there.
  std::uint64_t closed = 0;
  for (const auto& [why, n] : r.closed) closed += n;
  const auto& c = seen.last.counts;
  EXPECT_EQ(r.made_ahead + r.made_for_request, closed + c.idle + c.retiring + c.active);
}

}  // namespace
}  // namespace anytls::simulate
