#include "net/https_record_codec.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace anytls::net {
namespace {

struct parameter {
  std::uint16_t key;
  bytes value;
};

void put16(bytes& to, std::size_t v) {
  to.push_back(static_cast<std::uint8_t>(v >> 8));
  to.push_back(static_cast<std::uint8_t>(v));
}

bytes service(std::uint16_t priority, const std::vector<parameter>& parameters,
              const bytes& target = {0}) {
  bytes out;
  put16(out, priority);
  append(out, target);
  for (const auto& p : parameters) {
    put16(out, p.key);
    put16(out, p.value.size());
    append(out, p.value);
  }
  return out;
}

/// An answer to a question for `a.test`; `count` where the header shall lie.
struct answer {
  bytes text{0, 1,   0x81, 0x80, 0,   1,   0,   0, 0, 0,  0, 0,
             1, 'a', 4,    't',  'e', 's', 't', 0, 0, 65, 0, 1};

  answer& add(const bytes& data, std::uint32_t ttl = 300, int type = https_record_type,
              int of_class = 1) {
    append(text, bytes{0xc0, 12});
    put16(text, static_cast<std::size_t>(type));
    put16(text, static_cast<std::size_t>(of_class));
    put16(text, ttl >> 16);
    put16(text, ttl & 0xffff);
    put16(text, data.size());
    append(text, data);
    ++text[7];
    return *this;
  }
};

const bytes one{1, 1}, two{2, 2, 2}, three{3};

https_answer parsed(const answer& a) {
  const auto out = parse_https_answer(a.text);
  EXPECT_TRUE(out);
  return out ? *out : https_answer{};
}

TEST(https_record, the_ech_parameter_and_the_ttl) {
  EXPECT_EQ(parsed(answer().add(service(1, {{1, {2, 'h', '2'}}, {4, {1, 2, 3, 4}}, {5, one}}))),
            (https_answer{one, 300}));
}

TEST(https_record, the_lowest_priority_that_has_one_wins) {
  EXPECT_EQ(parsed(answer()
                       .add(service(7, {{5, three}}))
                       .add(service(1, {{1, {2, 'h', '2'}}}))
                       .add(service(2, {{5, two}}))
                       .add(service(3, {{5, one}})))
                .ech,
            two);
}

TEST(https_record, an_answer_without_ech_is_an_answer) {
  EXPECT_EQ(parsed(answer()), (https_answer{{}, 0}));
  EXPECT_EQ(parsed(answer().add(service(1, {}))), (https_answer{{}, 300}));
  EXPECT_EQ(parsed(answer().add(service(1, {{5, {}}}))), (https_answer{{}, 300}));
}

TEST(https_record, the_least_ttl_counts_that_of_an_alias_too) {
  EXPECT_EQ(parsed(answer().add({1, 'b', 0xc0, 14}, 20, 5).add(service(1, {{5, one}}), 600)),
            (https_answer{one, 20}));
}

TEST(https_record, alias_mode_is_passed_over) {
  EXPECT_EQ(parsed(answer().add(service(0, {{5, one}}, {1, 'b', 0}))).ech, bytes());
}

TEST(https_record, a_demand_that_is_unknown_makes_a_record_unusable) {
  EXPECT_EQ(parsed(answer()
                       .add(service(1, {{0, {0, 1, 0, 7}}, {5, one}}))
                       .add(service(2, {{0, {0, 1, 0, 5}}, {5, two}})))
                .ech,
            two);
}

TEST(https_record, other_types_and_classes_are_passed_over) {
  EXPECT_EQ(parsed(answer()
                       .add(service(1, {{5, one}}), 300, 64)
                       .add(service(1, {{5, one}}), 300, https_record_type, 3)
                       .add({192, 0, 2, 1}, 300, 1))
                .ech,
            bytes());
}

TEST(https_record, an_answer_that_is_cut_off_is_an_error_wherever) {
  const auto whole = answer().add(service(1, {{1, {2, 'h', '2'}}, {5, one}}, {1, 'b', 0})).text;
  ASSERT_TRUE(parse_https_answer(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_https_answer(bytes_view(whole).first(size))) << size;
}

TEST(https_record, a_record_that_lies_about_its_parts_is_an_error) {
  for (const auto& bad :
       {bytes(), bytes{0}, bytes{0, 1}, bytes{0, 1, 5, 'x'}, bytes{0, 1, 0, 0, 5, 0, 9, 1},
        bytes{0, 1, 0, 0, 5, 0}, bytes{0, 1, 0x80, 'x', 0}})
    EXPECT_FALSE(parse_https_answer(answer().add(bad).text)) << to_hex(bad);
}

}  // namespace
}  // namespace anytls::net
