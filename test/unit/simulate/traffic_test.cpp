#include "simulate/traffic.h"

#include "config/duration.h"
#include "simulate/scenario.h"

#include <gtest/gtest.h>

namespace anytls::simulate {
namespace {

std::optional<duration> read(std::string_view text) {
  const auto parsed = config::parse_duration(text);
  return parsed.error == config::duration_error::none ? std::optional(parsed.value) : std::nullopt;
}

std::vector<arrival> first(const traffic& from, std::size_t count) {
  seeded_random random(1);
  arrivals source(from, random);
  std::vector<arrival> out;
  while (out.size() < count) {
    auto next = source.next();
    if (!next) break;
    out.push_back(*next);
  }
  return out;
}

TEST(traffic, rates) {
  const std::tuple<const char*, double, duration> table[] = {
      {"2/s", 2, 1s},       {"0.5/s", 0.5, 1s},    {"30/m", 30, 1min},
      {"10/min", 10, 1min}, {"20/10m", 20, 10min}, {"1/1h30m", 1, 90min},
  };
  for (const auto& [text, count, period] : table) {
    const auto r = parse_rate(text, read);
    ASSERT_TRUE(r.value) << text << ": " << r.wrong;
    EXPECT_EQ(r.value->count, count) << text;
    EXPECT_EQ(r.value->period, period) << text;
  }
  for (const char* text : {"", "2", "/s", "2/", "-1/s", "0/s", "nan/s", "inf/s", "2/0s", "2/5",
                           "2/-5s", "two/s", "2/s/s", "2e9/s"})
    EXPECT_EQ(parse_rate(text, read).wrong,
              std::string("\"") + text +
                  "\" is not a rate; write for example 2/s, 0.5/s, 30/m or 20/10m");
}

TEST(traffic, what_begins_with_no_known_word_is_left_to_the_caller) {
  const auto parsed = parse_traffic("traffic.csv", read);
  EXPECT_FALSE(parsed.value);
  EXPECT_EQ(parsed.wrong, "");
}

TEST(traffic, a_burst_is_a_whole_number) {
  EXPECT_EQ(parse_traffic("bursts:1.5/m", read).wrong,
            "\"1.5/m\": a burst is a whole number of requests, 1000000 at most");
}

TEST(traffic, steady_comes_evenly_and_does_not_drift) {
  const auto t = *parse_traffic("steady:3/s", read).value;
  const auto found = first(t, 3 * 86400);
  EXPECT_EQ(found[0], arrival{333'333'333ns});
  EXPECT_EQ(found[2], arrival{1s});
  EXPECT_EQ(found.back(), arrival{24h});
  EXPECT_DOUBLE_EQ(expected_requests(t, 1min), 180);
}

TEST(traffic, bursts_come_together) {
  const auto found = first(*parse_traffic("bursts:20/10m", read).value, 2);
  EXPECT_EQ(found, (std::vector<arrival>{{10min, 20, {}}, {20min, 20, {}}}));
}

TEST(traffic, random_has_its_mean_and_repeats_for_a_seed) {
  const auto t = *parse_traffic("random:2/s", read).value;
  const auto found = first(t, 20000);
  EXPECT_EQ(found, first(t, 20000));
  EXPECT_NEAR(std::chrono::duration<double>(found.back().at).count(), 10000, 300);
}

TEST(traffic, csv_of_counts) {
  const auto parsed = parse_traffic_csv(
      "t.csv", "\xef\xbb\xbf# a note\r\nseconds,count\r\n\r\n2.5, 3\n1h,1\n0,0\n1,2", read);
  ASSERT_TRUE(parsed.value) << parsed.wrong;
  EXPECT_EQ(first(*parsed.value, 9),
            (std::vector<arrival>{{1s, 2, {}}, {2500ms, 3, {}}, {1h, 1, {}}}));
  EXPECT_DOUBLE_EQ(expected_requests(*parsed.value, 1h), 5);
}

TEST(traffic, csv_of_durations) {
  const auto parsed = parse_traffic_csv("t.csv", "time,duration\n1m30s,2m\n10,0.5\n", read);
  ASSERT_TRUE(parsed.value) << parsed.wrong;
  EXPECT_EQ(first(*parsed.value, 9), (std::vector<arrival>{{10s, 1, 500ms}, {90s, 1, 2min}}));
}

TEST(traffic, csv_says_which_line_is_wrong) {
  const std::pair<const char*, const char*> table[] = {
      {"", "t.csv: there are no requests in it"},
      {"seconds,count\n5,0\n", "t.csv: there are no requests in it"},
      {"1,2\n", "t.csv: line 1: the first line must be seconds,count or time,duration"},
      {"count,seconds\n", "t.csv: line 1: the first line must be seconds,count or time,duration"},
      {"seconds,count\n\n5\n", "t.csv: line 3: \"5\" has not two columns"},
      {"seconds,count\n5,1,2\n", "t.csv: line 2: \"5,1,2\" has not two columns"},
      {"seconds,count\n-5,1\n",
       "t.csv: line 2: \"-5\" is not a time; write seconds, or for example 1h30m"},
      {"seconds,count\nnan,1\n",
       "t.csv: line 2: \"nan\" is not a time; write seconds, or for example 1h30m"},
      {"seconds,count\n1e300,1\n",
       "t.csv: line 2: \"1e300\" is not a time; write seconds, or for example 1h30m"},
      {"seconds,count\n5,1.5\n",
       "t.csv: line 2: \"1.5\" is not a count; write a whole number from 0 to 1000000"},
      {"seconds,count\n5,1000001\n",
       "t.csv: line 2: \"1000001\" is not a count; write a whole number from 0 to 1000000"},
      {"time,duration\n5,soon\n",
       "t.csv: line 2: \"soon\" is not a duration; write seconds, or for example 1m30s"},
  };
  for (const auto& [text, wrong] : table) {
    const auto parsed = parse_traffic_csv("t.csv", text, read);
    EXPECT_FALSE(parsed.value) << text;
    EXPECT_EQ(parsed.wrong, wrong) << text;
  }
}

TEST(traffic, outages) {
  const auto parsed = parse_outage("2h+5m", read);
  ASSERT_TRUE(parsed.value);
  EXPECT_EQ(parsed.value->from, 2h);
  EXPECT_EQ(parsed.value->length, 5min);
  EXPECT_TRUE(parse_outage("0+1s", read).value);
  for (const char* text :
       {"", "2h", "+5m", "2h+", "2h+0s", "2h+-5m", "2h++5m", "soon+5m", "-1h+5m"})
    EXPECT_EQ(
        parse_outage(text, read).wrong,
        std::string("\"") + text + "\" is not an outage; write BEGIN+LENGTH, for example 2h+5m");
}

}  // namespace
}  // namespace anytls::simulate
