#include "protocol/padding_scheme.h"

#include <gtest/gtest.h>

#include <set>

namespace anytls::protocol {
namespace {

padding_scheme scheme(std::string_view text) { return padding_scheme::parse(text).value(); }

// `payload` or `payload+waste`, comma separated.
std::string plan_of(const padding_scheme& s, std::uint32_t write, std::size_t payload,
                    std::uint64_t seed = 1) {
  seeded_random random(seed);
  record_plan plan;
  s.plan(write, payload, random, plan);
  std::string out;
  for (const auto& r : plan) {
    if (!out.empty()) out += ',';
    out += std::to_string(r.payload_bytes);
    if (r.has_waste) out += '+' + std::to_string(r.waste_data);
  }
  return out;
}

std::string plan_of(std::string_view line, std::size_t payload) {
  return plan_of(scheme("stop=2\n1=" + std::string(line)), 1, payload);
}

TEST(padding_scheme, default_has_the_exact_bytes_of_the_document) {
  const auto& s = padding_scheme::default_scheme();
  EXPECT_EQ(s.raw(),
            "stop=8\n0=30-30\n1=100-400\n2=400-500,c,500-1000,c,500-1000,c,500-1000,c,500-1000\n"
            "3=9-9,500-1000\n4=500-1000\n5=500-1000\n6=500-1000\n7=500-1000");
  EXPECT_EQ(s.md5(), "75cff2ad89aadf5e257059ee571ebe11");
  EXPECT_EQ(s.stop(), 8u);
  seeded_random random(1);
  EXPECT_EQ(s.preamble_padding(random), 30u);
}

TEST(padding_scheme, a_trailing_newline_makes_a_different_scheme) {
  const auto text = padding_scheme::default_scheme().raw() + "\n";
  const auto s = scheme(text);
  EXPECT_EQ(s.raw(), text);
  EXPECT_NE(s.md5(), padding_scheme::default_scheme().md5());
  EXPECT_EQ(s.stop(), 8u);
}

TEST(padding_scheme, without_a_numeric_stop_is_refused) {
  for (const char* text : {"", "1=10-20", "stop=", "stop=x", "stop=8\r\n1=1-2", "stop=-1", "stop",
                           "stop=4294967296", "stop= 8", "STOP=8", "stop=8\nstop=x"}) {
    const auto parsed = padding_scheme::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error(), errc::protocol_error);
  }
}

TEST(padding_scheme, of_two_lines_with_one_key_the_last_counts) {
  const auto s = scheme("stop=1\n1=5-5\nstop=2\n1=6-6");
  EXPECT_EQ(s.stop(), 2u);
  EXPECT_EQ(plan_of(s, 1, 100), "6,94");
}

TEST(padding_scheme, lines_that_make_no_sense_are_skipped) {
  EXPECT_EQ(
      plan_of(scheme("\nx\n=\nabc=1-2\n01=5-5\n99999999999999999999=1-1\n\nstop=2\n1=6-6\n"), 1, 9),
      "6,3");
}

TEST(padding_scheme, an_oversize_text_is_refused) {
  std::string text = "stop=1\n";
  text.resize(padding_scheme::max_text, 'x');
  EXPECT_TRUE(padding_scheme::parse(text).has_value());
  EXPECT_FALSE(padding_scheme::parse(text + "x").has_value());
}

TEST(padding_scheme, a_line_with_too_many_items_is_refused) {
  std::string text = "stop=1\n1=c";
  for (std::size_t i = 1; i < padding_scheme::max_items; ++i) text += ",c";
  EXPECT_TRUE(padding_scheme::parse(text).has_value());
  EXPECT_FALSE(padding_scheme::parse(text + ",9-9").has_value());
}

TEST(padding_scheme, preamble_padding_is_the_first_size_of_line_0) {
  seeded_random random(1);
  const auto of = [&](std::string_view line) {
    return scheme("stop=8\n0=" + std::string(line)).preamble_padding(random);
  };
  EXPECT_EQ(of("30-30"), 30u);
  EXPECT_EQ(of("7-7,90-90"), 7u);
  EXPECT_EQ(of("x,0-5,7-7"), 7u);
  EXPECT_EQ(of("c,30-30"), 0u);
  EXPECT_EQ(of(""), 0u);
  EXPECT_EQ(scheme("stop=8").preamble_padding(random), 0u);
}

TEST(padding_scheme, preamble_padding_is_cut_to_fit_one_record) {
  seeded_random random(1);
  const auto of = [&](std::string_view text) { return scheme(text).preamble_padding(random); };
  EXPECT_EQ(of("stop=8\n0=16350-16350"), 16350u);
  EXPECT_EQ(of("stop=8\n0=16351-16351"), 16350u);
  EXPECT_EQ(of("stop=8\n0=65535-65535"), 16350u);
  EXPECT_EQ(of("stop=8\n0=99999999999-99999999999"), 16350u);
}

// §4, rules 1 to 4 and what follows them.
TEST(padding_scheme, rule_1_check_mark_ends_the_write_when_the_payload_is_used_up) {
  EXPECT_EQ(plan_of("100-100,c,50-50", 100), "100");
  EXPECT_EQ(plan_of("100-100,c,50-50", 60), "60+33");
}
TEST(padding_scheme, rule_1_check_mark_goes_on_while_payload_is_left) {
  EXPECT_EQ(plan_of("100-100,c,50-50", 120), "100,20+23");
  EXPECT_EQ(plan_of("c,c,50-50", 120), "50,70");
}
TEST(padding_scheme, rule_2_a_longer_payload_fills_the_record_exactly) {
  EXPECT_EQ(plan_of("100-100,50-50", 151), "100,50,1");
}
TEST(padding_scheme, rule_3_a_shorter_payload_is_filled_up_with_waste_to_the_size) {
  EXPECT_EQ(plan_of("100-100", 92), "92+1");
  EXPECT_EQ(plan_of("100-100", 1), "1+92");
}
TEST(padding_scheme, rule_3_without_room_for_waste_the_payload_goes_alone) {
  EXPECT_EQ(plan_of("100-100", 93), "93");
  EXPECT_EQ(plan_of("100-100", 99), "99");
  EXPECT_EQ(plan_of("100-100", 100), "100");
  EXPECT_EQ(plan_of("5-5", 3), "3");
}
TEST(padding_scheme, rule_4_without_payload_the_waste_has_the_size_and_its_header_on_top) {
  EXPECT_EQ(plan_of("100-100,50-50", 100), "100,0+50");
  seeded_random random(1);
  record_plan plan;
  scheme("stop=2\n1=50-50").plan(1, 0, random, plan);
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan.records[0], (record{0, 50, true}));
  EXPECT_EQ(plan.records[0].size(), 57u);
}
TEST(padding_scheme, what_is_left_after_the_last_item_is_sent_as_it_is) {
  EXPECT_EQ(plan_of("10-10,20-20", 70000), "10,20,69970");
}

TEST(padding_scheme, an_empty_payload_makes_pure_waste) {
  EXPECT_EQ(plan_of("10-10,20-20", 0), "0+10,0+20");
  EXPECT_EQ(plan_of("10-10,c,20-20", 0), "0+10");
  EXPECT_EQ(plan_of("c,20-20", 0), "");
  EXPECT_EQ(plan_of("x", 0), "");
}

TEST(padding_scheme, writes_from_stop_on_and_writes_without_a_line_are_sent_as_they_are) {
  const auto s = scheme("stop=3\n1=10-10\n3=10-10\n4=10-10");
  EXPECT_EQ(plan_of(s, 1, 100), "10,90");
  EXPECT_EQ(plan_of(s, 2, 100), "100");
  EXPECT_EQ(plan_of(s, 3, 100), "100");
  EXPECT_EQ(plan_of(s, 4, 70000), "70000");
  EXPECT_EQ(plan_of(s, 4294967295u, 100), "100");
  EXPECT_EQ(plan_of(scheme("stop=0\n1=10-10"), 1, 100), "100");
}

TEST(padding_scheme, invalid_items_are_skipped) {
  EXPECT_EQ(plan_of("0-10,10-0,0-0,x,10,a-b,1-,-1,-5-10,1-2-3,,C, c,20-20 ,30-30", 100), "30,70");
  EXPECT_EQ(plan_of("x,y", 100), "100");
}

TEST(padding_scheme, reversed_ends_are_swapped_and_max_is_excluded) {
  for (const char* line : {"10-14", "14-10"}) {
    const auto s = scheme("stop=2\n1=" + std::string(line));
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) seen.insert(plan_of(s, 1, 100, seed));
    EXPECT_EQ(seen, (std::set<std::string>{"10,90", "11,89", "12,88", "13,87"})) << line;
  }
}

TEST(padding_scheme, neighbouring_ends_are_the_lower_one) {
  EXPECT_EQ(plan_of("10-11", 100), "10,90");
}

TEST(padding_scheme, a_size_that_no_waste_frame_could_fill_is_cut) {
  EXPECT_EQ(plan_of("70000-70000", 0), "0+65535");
  EXPECT_EQ(plan_of("18446744073709551615-18446744073709551615", 1), "1+65527");
  EXPECT_EQ(plan_of("18446744073709551616-18446744073709551616", 100), "100");  // no 64-bit number
}

TEST(padding_scheme, default_packet_1_has_a_size_in_its_range) {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    seeded_random random(seed);
    record_plan plan;
    padding_scheme::default_scheme().plan(1, 60, random, plan);
    ASSERT_EQ(plan.size(), 1u);
    EXPECT_EQ(plan.records[0].payload_bytes, 60u);
    sizes.insert(plan.records[0].size());
  }
  EXPECT_EQ(*sizes.begin(), 100u);
  EXPECT_EQ(*sizes.rbegin(), 399u);
}

TEST(padding_scheme, default_packet_3_starts_with_nine_bytes) {
  EXPECT_EQ(plan_of(padding_scheme::default_scheme(), 3, 9).substr(0, 4), "9,0+");
  EXPECT_EQ(plan_of(padding_scheme::default_scheme(), 3, 2000).substr(0, 2), "9,");
}

TEST(padding_scheme, plans_carry_the_payload_whole_for_any_size) {
  const auto& s = padding_scheme::default_scheme();
  seeded_random random(3);
  record_plan plan;
  for (std::uint32_t write = 1; write < 10; ++write) {
    for (std::size_t payload = 0; payload < 5000; payload += 13) {
      s.plan(write, payload, random, plan);
      std::size_t sum = 0;
      for (const auto& r : plan) sum += r.payload_bytes;
      ASSERT_EQ(sum, payload);
    }
  }
}

TEST(padding_scheme, the_same_numbers_make_the_same_plan) {
  seeded_random a(5), b(5);
  record_plan x, y;
  padding_scheme::default_scheme().plan(2, 1234, a, x);
  y.records.resize(3);
  padding_scheme::default_scheme().plan(2, 1234, b, y);
  EXPECT_EQ(x, y);
}

TEST(padding_scheme, a_record_is_its_payload_and_a_waste_frame_of_zeros) {
  bytes out{0xee};
  padding_scheme::append_record(out, {2, 3, true}, as_bytes("ab"));
  EXPECT_EQ(to_hex(out), "ee616200000000000003000000");
  padding_scheme::append_record(out, {1, 0, false}, as_bytes("c"));
  EXPECT_EQ(out.size(), 14u);
  EXPECT_EQ(out.back(), 'c');
  EXPECT_EQ((record{2, 3, true}.size()), 12u);
  EXPECT_EQ((record{2, 0, false}.size()), 2u);
}

}  // namespace
}  // namespace anytls::protocol
