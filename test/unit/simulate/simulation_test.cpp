#include "simulate/simulation.h"

#include "simulate/report_text.h"
#include "simulate/svg.h"

#include <gtest/gtest.h>

namespace anytls::simulate {
namespace {

using session::close_reason;

pool::pool_options warm(std::uint32_t target) {
  pool::pool_options o;
  o.ensure_idle_session = target;
  o.min_idle_session = target;
  o.idle_session_timeout = 10min;
  return o;
}

/// Requests at these times, each keeping its session so long.
scenario with_requests(duration length, std::vector<arrival> when, duration takes = 3s) {
  scenario s;
  s.length = length;
  if (!when.empty()) s.requests.push_back(listed_traffic{std::move(when)});
  s.request_time = takes;
  s.fixed_request_time = true;
  s.rtt = 100ms;
  return s;
}

/// Writes down all that it hears.
struct recorder final : observer {
  void on_sample(const sample& s) override { samples.push_back(s); }
  void on_log(duration at, const std::string& line) override { lines.emplace_back(at, line); }
  std::vector<sample> samples;
  std::vector<std::pair<duration, std::string>> lines;

  pool::pool_policy::counts at(duration when) const {
    pool::pool_policy::counts found;
    for (const auto& s : samples)
      if (s.at <= when) found = s.counts;
    return found;
  }
};

std::uint64_t closed(const report& r, close_reason why) {
  const auto at = r.closed.find(why);
  return at == r.closed.end() ? 0 : at->second;
}

TEST(simulation, nothing_to_do) {
  const auto r = run({}, with_requests(1h, {}));
  EXPECT_EQ(r.requests, 0u);
  EXPECT_EQ(r.handshakes, 0u);
  EXPECT_EQ(r.checks, 0u);
  EXPECT_FALSE(r.fewest_ready);
  EXPECT_DOUBLE_EQ(r.nothing_ready, 1);
}

TEST(simulation, first_session_is_answered_before_the_others_are_made) {
  recorder heard;
  const auto r = run(warm(5), with_requests(1min, {}), &heard);
  EXPECT_EQ(heard.at(0ms), (pool::pool_policy::counts{.connecting = 1}));
  EXPECT_EQ(heard.at(200ms),
            (pool::pool_policy::counts{.idle = 1}));  // TCP and TLS: two round trips
  EXPECT_EQ(heard.at(300ms),
            (pool::pool_policy::counts{.idle = 1, .connecting = 4}));  // its answer: the third
  EXPECT_EQ(heard.at(500ms), (pool::pool_policy::counts{.idle = 5}));
  EXPECT_EQ(r.made_ahead, 5u);
  EXPECT_EQ(r.handshakes, 5u);
  EXPECT_EQ(r.most_in_a_minute, 5u);
  EXPECT_EQ(r.fewest_ready, 5u);
  EXPECT_NEAR(r.below_target, 0.5 / 60, 1e-9);
  EXPECT_NEAR(r.nothing_ready, 0.2 / 60, 1e-9);
}

TEST(simulation, cold_then_warm_then_cold_again_after_the_idle_timeout) {
  recorder heard;
  // Default options: no target, timeout 30 s, check every 30 s.
  const auto r = run({}, with_requests(5min, {{10s}, {20s}, {120s}}), &heard);
  EXPECT_EQ(r.requests, 3u);
  EXPECT_EQ(r.cold, 2u);
  EXPECT_EQ(r.warm, 1u);
  EXPECT_EQ(r.made_for_request, 2u);
  EXPECT_EQ(r.made_ahead, 0u);
  EXPECT_EQ(r.waited.percentile(50), 200ms);
  EXPECT_EQ(r.waited.total(), 3u);
  EXPECT_EQ(closed(r, close_reason::idle_timeout), 2u);
  EXPECT_EQ(heard.at(10s).active, 0u);  // being made
  EXPECT_EQ(heard.at(10200ms).active, 1u);
  EXPECT_EQ(heard.at(13200ms), (pool::pool_policy::counts{.idle = 1}));
  EXPECT_EQ(r.most_sessions, 1u);
}

TEST(simulation, burst_takes_the_warm_ones_and_makes_the_rest) {
  const auto r = run(warm(5), with_requests(5min, {{1min, 8, {}}}));
  EXPECT_EQ(r.warm, 5u);
  EXPECT_EQ(r.cold, 3u);
  EXPECT_EQ(r.waited.percentile(50), 0s);
  EXPECT_EQ(r.waited.percentile(99), 200ms);
  EXPECT_EQ(r.made_for_request, 3u);
  EXPECT_EQ(r.made_ahead, 10u);  // five at start, five for the five taken
  EXPECT_EQ(r.most_active, 8u);
  EXPECT_EQ(r.most_sessions, 13u);
  EXPECT_EQ(r.most_idle, 13u);
  EXPECT_EQ(r.fewest_ready, 0u);
}

TEST(simulation, own_durations_of_requests_are_used) {
  recorder heard;
  run(warm(1), with_requests(5min, {{1min, 1, 90s}}), &heard);
  EXPECT_EQ(heard.at(149s).active, 1u);
  EXPECT_EQ(heard.at(150s).active, 0u);
}

TEST(simulation, outage_breaks_sessions_and_refuses_new_ones) {
  auto s = with_requests(20min, {{9min + 59s}, {11min}}, 10s);
  s.outages.push_back({10min, 5min});
  recorder heard;
  const auto r = run(warm(5), s, &heard);
  EXPECT_EQ(r.warm, 1u);
  EXPECT_EQ(r.cut_off, 1u);  // the first, one second old
  EXPECT_EQ(r.cold, 1u);
  EXPECT_EQ(r.failed, 1u);  // the second, after five seconds of attempts
  EXPECT_EQ(r.waited.total(), 1u);
  EXPECT_EQ(closed(r, close_reason::io_error), 6u);
  EXPECT_GT(r.refused, 5u);
  EXPECT_LT(r.refused, 60u);  // backing off: not one a second for five minutes
  EXPECT_EQ(heard.at(15min).idle, 0u);
  EXPECT_EQ(heard.at(16min + 1s).idle, 5u);  // a minute is the longest back-off
  EXPECT_EQ(r.fewest_ready, 0u);
}

TEST(simulation, a_request_gets_through_when_the_server_is_back_in_time) {
  auto s = with_requests(2min, {{57s}});
  s.outages.push_back({0s, 1min});
  const auto r = run({}, s);
  EXPECT_EQ(r.failed, 0u);
  // Refused at 57.1, 58.2 and 59.3 s; the fourth attempt is at 60.3 s: tried a second after the
  // last one ended.
  EXPECT_EQ(r.refused, 3u);
  EXPECT_EQ(r.waited.longest(), 3500ms);
}

TEST(simulation, a_session_that_comes_too_late_joins_the_pool) {
  auto s = with_requests(1min, {{10s}});
  s.connect_timeout = 500ms;
  s.rtt = 240ms;
  s.outages.push_back({0s, 10s + 1ms});
  const auto r = run({}, s);  // refused at 10.24 s, and given up before the next attempt
  EXPECT_EQ(r.failed, 1u);
  EXPECT_EQ(r.made_for_request, 0u);

  s.outages.clear();
  s.rtt = 251ms;  // 502 ms for a session
  const auto late = run({}, s);
  EXPECT_EQ(late.failed, 1u);
  EXPECT_EQ(late.made_ahead, 1u);
  EXPECT_EQ(late.most_idle, 1u);
}

TEST(simulation, server_takes_its_rate) {
  auto s = with_requests(1h, {});
  s.server_rate = {6, 1min};
  const auto r = run(warm(20), s);
  EXPECT_LE(r.most_in_a_minute, 6u);
  EXPECT_GT(r.refused, 0u);
  EXPECT_EQ(r.fewest_ready, 20u);
}

TEST(simulation, server_that_closes_idle_sessions_is_not_hammered) {
  auto s = with_requests(2h, {});
  s.server_idle_close = 6s;
  const auto r = run(warm(5), s);
  EXPECT_LE(r.made_ahead - closed(r, close_reason::peer_closed), 5u);
  // Five in every interval of 30 s, and those of the beginning.
  EXPECT_LE(r.made_ahead, 5u * 240 + 50);
}

TEST(simulation, heartbeats_keep_connections_through_nat) {
  auto s = with_requests(1h, {{10min}, {30min}, {50min}});
  s.nat_timeout = 2min;
  auto o = warm(3);
  o.idle_session_timeout = 2h;
  const auto silent = run(o, s);
  EXPECT_EQ(silent.dead_hits, 3u);
  EXPECT_EQ(silent.warm, 0u);
  EXPECT_EQ(silent.waited.percentile(50),
            500ms);  // three round trips of doubt, two for a new session
  EXPECT_EQ(closed(silent, close_reason::stream_timeout), 3u);

  o.heartbeat = 30s;
  const auto kept = run(o, s);
  EXPECT_EQ(kept.dead_hits, 0u);
  EXPECT_EQ(kept.warm, 3u);
  EXPECT_EQ(closed(kept, close_reason::heartbeat_timeout), 0u);

  o.heartbeat = 4min;  // too late to keep them, in time to find them
  const auto found = run(o, s);
  EXPECT_GT(closed(found, close_reason::heartbeat_timeout), 30u);
}

TEST(simulation, without_make_before_break_the_pool_is_empty_for_a_moment) {
  auto o = warm(5);
  o.min_idle_session = 0;
  o.idle_session_timeout = 1min;
  const auto s = with_requests(1h, {});
  EXPECT_EQ(run(o, s).fewest_ready, 5u);
  o.make_before_break = false;
  EXPECT_EQ(run(o, s).fewest_ready, 0u);
}

TEST(simulation, same_seed_same_report) {
  scenario s;
  s.length = 2h;
  s.requests = {random_traffic{{1, 1s}}, burst_traffic{10, 7min}};
  s.outages.push_back({1h, 2min});
  auto o = warm(4);
  o.max_connection_lifetime = 20min;
  o.connection_lifetime_jitter = 5min;
  const auto picture = [&] {
    const auto r = run(o, s);
    return table(r, s, o) + timeline(r, s) + svg(r, s, o, "x");
  };
  const auto first = picture();
  EXPECT_EQ(first, picture());
  s.seed = 2;
  EXPECT_NE(first, picture());
}

TEST(simulation, other_pool_options_see_the_same_requests) {
  scenario s;
  s.length = 1h;
  s.requests = {random_traffic{{1, 1s}}};
  EXPECT_EQ(run({}, s).requests, run(warm(9), s).requests);
}

TEST(simulation, log_lines_are_those_of_production) {
  recorder heard;
  auto o = warm(2);
  o.min_idle_session = 0;
  o.idle_session_timeout = 45s;
  run(o, with_requests(65s, {}), &heard, pool::log_words::mihomo);
  const auto said = [&](std::string_view what) {
    return std::any_of(heard.lines.begin(), heard.lines.end(),
                       [&](const auto& l) { return l.second == what; });
  };
  EXPECT_TRUE(
      said("[AnyTLS] Proactive pool maintenance: current=0, target=2, creating 1 sessions"));
  EXPECT_TRUE(said("[AnyTLS] Created proactive session #1"));
  EXPECT_TRUE(
      said("[AnyTLS] Idle cleanup: found 2 idle sessions, closing 2 (keeping 0 protected)"));
}

TEST(simulation, what_would_never_end_is_refused) {
  pool::pool_options o;
  scenario s;
  EXPECT_FALSE(objection(o, s));
  o.idle_session_check_interval = 1ns;
  EXPECT_TRUE(objection(o, s));
  o = {};
  s.requests = {steady_traffic{{1e8, 1s}}};
  EXPECT_TRUE(objection(o, s));
  s.requests.clear();
  s.length = 0s;
  EXPECT_TRUE(objection(o, s));
  s.length = 1h;
  s.rtt = 3s;
  EXPECT_EQ(objection(o, s),
            "no session could be made: 2 round trips take longer than connect_timeout");
}

TEST(svg, is_small_and_escapes_its_title) {
  scenario s;
  s.length = 6h;
  s.requests = {random_traffic{{2, 1s}}};
  s.outages.push_back({2h, 5min});
  const auto o = warm(5);
  const auto text = svg(run(o, s), s, o, "<a> & \"b\"");
  EXPECT_LT(text.size(), 60'000u);
  EXPECT_NE(text.find("<title>&lt;a&gt; &amp; \"b\"</title>"), std::string::npos);
  EXPECT_TRUE(text.ends_with("</svg>\n"));
  for (const char* not_a_number : {"nan", "inf", "-nan"})
    EXPECT_EQ(text.find(not_a_number), std::string::npos);
}

TEST(report_text, table_of_a_small_case) {
  const auto o = warm(5);
  const auto s = with_requests(5min, {{1min, 8, {}}});
  EXPECT_EQ(table(run(o, s), s, o),
            "requests              8\n"
            "  warm                5        62.5 %\n"
            "  cold                3        37.5 %\n"
            "waiting time          p50 0, p99 200 ms, longest 200 ms\n"
            "sessions made         13       ahead of use 10, for requests 3\n"
            "sessions closed       0\n"
            "most at once          13       idle 13, active 8\n"
            "fewest ready          0        below the target of 5: 0.2 % of the time\n"
            "TLS handshakes        156.0 per hour, at most 8 in one minute\n");
}

}  // namespace
}  // namespace anytls::simulate
