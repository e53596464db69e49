#include "simulate/course.h"

#include "simulate/time_text.h"
#include "simulate/wait_times.h"

#include <gtest/gtest.h>

namespace anytls::simulate {
namespace {

TEST(course, columns_hold_least_most_and_mean) {
  course c(40s, 4);
  c.hold({.idle = 2});
  c.reach(15s);
  c.hold({.idle = 4, .retiring = 1, .active = 3});
  c.events().cold_starts = 7;
  c.reach(18s);
  c.hold({.idle = 1});
  c.reach(30s);
  c.hold({.idle = 9});
  const auto columns = c.finish();
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns[0].ready.most, 2u);
  EXPECT_DOUBLE_EQ(columns[0].ready.mean, 2);
  EXPECT_EQ(columns[1].ready.least, 1u);
  EXPECT_EQ(columns[1].ready.most, 5u);
  EXPECT_DOUBLE_EQ(columns[1].ready.mean, (5 * 2 + 3 * 5 + 2 * 1) / 10.0);
  EXPECT_DOUBLE_EQ(columns[1].active.mean, 0.9);
  EXPECT_EQ(columns[1].events.cold_starts, 7u);
  EXPECT_EQ(columns[2].ready.most, 1u);
  EXPECT_EQ(columns[3].ready.most, 9u);
}

TEST(course, columns_merge) {
  course c(40s, 4);
  c.hold({.idle = 2});
  c.events().handshakes = 1;
  c.reach(10s);
  c.hold({.idle = 6});
  c.events().handshakes = 2;
  const auto merged = merge_columns(c.finish(), 2);
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].ready.least, 2u);
  EXPECT_EQ(merged[0].ready.most, 6u);
  EXPECT_DOUBLE_EQ(merged[0].ready.mean, 4);
  EXPECT_EQ(merged[0].events.handshakes, 3u);
}

TEST(wait_times, percentiles_are_of_nearest_rank) {
  wait_times w;
  EXPECT_EQ(w.percentile(50), 0s);
  for (int i = 0; i < 98; ++i) w.add(0s);
  w.add(160ms);
  w.add(5s);
  EXPECT_EQ(w.percentile(50), 0s);
  EXPECT_EQ(w.percentile(98), 0s);
  EXPECT_EQ(w.percentile(99), 160ms);
  EXPECT_EQ(w.percentile(100), 5s);
  EXPECT_EQ(w.longest(), 5s);
  EXPECT_EQ(w.total(), 100u);
}

TEST(wait_times, one_value_is_every_percentile) {
  wait_times w;
  w.add(3s);
  EXPECT_EQ(w.percentile(1), 3s);
  EXPECT_EQ(w.percentile(99), 3s);
}

TEST(time_text, words) {
  const std::pair<duration, const char*> table[] = {
      {0s, "0"},     {50us, "50 us"},    {160ms, "160 ms"}, {2500ms, "2.5 s"},
      {90s, "90 s"}, {120s, "2 min"},    {10min, "10 min"}, {90min, "90 min"},
      {2h, "2 h"},   {4480ms, "4.48 s"}, {3661s, "61 min"}};
  for (const auto& [d, text] : table) EXPECT_EQ(in_words(d), text);
}

TEST(time_text, axes_have_round_times) {
  const auto labels = [](duration length) {
    std::string out;
    for (const auto& t : axis(length, 6)) out += t.label + " ";
    return out;
  };
  EXPECT_EQ(labels(6h), "0 1h 2h 3h 4h 5h 6h ");
  EXPECT_EQ(labels(1h), "0 10m 20m 30m 40m 50m 60m ");
  EXPECT_EQ(labels(72h), "0 12h 24h 36h 48h 60h 72h ");
  EXPECT_EQ(labels(10s), "0 2s 4s 6s 8s 10s ");
  EXPECT_EQ(axis(1ns, 6).size(), 1u);
}

}  // namespace
}  // namespace anytls::simulate
