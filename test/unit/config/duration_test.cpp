#include "config/duration.h"

#include <gtest/gtest.h>

namespace anytls::config {
namespace {

TEST(duration, every_unit) {
  const std::pair<const char*, duration> table[] = {
      {"1ns", 1ns},
      {"2us", 2us},
      {"3\xc2\xb5s", 3us},
      {"4\xce\xbcs", 4us},
      {"5ms", 5ms},
      {"6s", 6s},
      {"7m", 7min},
      {"8h", 8h},
      {"9d", 9 * 24h},
      {"0", 0s},
      {"0s", 0s},
      {"-0", 0s},
      {"-0s", 0s},
      {"+5s", 5s},
      {"007s", 7s},
      {"1h30m", 90min},
      {"1d1h1m1s1ms1us1ns", 90061s + 1ms + 1us + 1ns},
      {"1.5h", 90min},
      {".5s", 500ms},
      {"5.s", 5s},
      {"0.1ns", 0ns},
      {"1.000000001s", 1s + 1ns},
      {"1m30s500ms", 90s + 500ms},
      {"106751d", 106751 * 24h},
  };
  for (const auto& [text, value] : table) {
    const auto p = parse_duration(text);
    EXPECT_EQ(p.error, duration_error::none) << text;
    EXPECT_EQ(p.value, value) << text;
  }
}

TEST(duration, mistakes_are_told_apart) {
  const std::pair<const char*, duration_error> table[] = {
      {"", duration_error::not_a_duration},
      {"abc", duration_error::not_a_duration},
      {"s", duration_error::not_a_duration},
      {".s", duration_error::not_a_duration},
      {".", duration_error::not_a_duration},
      {"5 m", duration_error::not_a_duration},
      {"5M", duration_error::not_a_duration},
      {"5m ", duration_error::not_a_duration},
      {"5w", duration_error::not_a_duration},
      {"1h-5m", duration_error::not_a_duration},
      {"--5s", duration_error::not_a_duration},
      {"1e3s", duration_error::not_a_duration},
      {"99999999999999999999d, about", duration_error::not_a_duration},
      {"30", duration_error::no_unit},
      {"1.5", duration_error::no_unit},
      {"1h30", duration_error::no_unit},
      {"-5s", duration_error::negative},
      {"-30", duration_error::negative},
      {"-99999999999999999999d", duration_error::negative},
      {"106752d", duration_error::too_large},
      {"99999999999999999999s", duration_error::too_large},
      {"9223372036854775807ns1ns", duration_error::too_large},
  };
  for (const auto& [text, error] : table) EXPECT_EQ(parse_duration(text).error, error) << text;
  EXPECT_EQ(parse_duration("9223372036854775807ns").value, duration::max());
}

TEST(duration, suggestions) {
  const std::pair<const char*, const char*> table[] = {
      {"5 min", "5m"},       {"5 minutes", "5m"},
      {"1 hour", "1h"},      {"1 hour and 30 minutes", "1h30m"},
      {"10 sec", "10s"},     {"2 days", "2d"},
      {"30", "30s"},         {"5M", "5m"},
      {"100 msec", "100ms"}, {"1hr", "1h"},
      {"3seconds", "3s"},
  };
  for (const auto& [text, meant] : table) EXPECT_EQ(suggest_duration(text), meant) << text;
  for (const char* text : {"", "soon", "-5s", "2 weeks", "5,5s"})
    EXPECT_EQ(suggest_duration(text), std::nullopt) << text;
}

TEST(duration, written_back) {
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(500ms), "500ms");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(25h), "1d1h");
  EXPECT_EQ(format_duration(duration::max()), "106751d23h47m16s854ms775us807ns");
}

}  // namespace
}  // namespace anytls::config
