#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace anytls {
namespace {

constexpr auto highest = std::numeric_limits<std::uint64_t>::max();

TEST(random, between_includes_both_ends_and_nothing_else) {
  seeded_random random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.between(3, 9);
    ASSERT_GE(value, 3u);
    ASSERT_LE(value, 9u);
    ++seen[value - 3];
  }
  for (const int count : seen) EXPECT_GT(count, 0);
}

TEST(random, between_is_uniform) {
  seeded_random random(2);
  constexpr int draws = 60000;
  std::array<int, 6> seen{};
  for (int i = 0; i < draws; ++i) ++seen[random.between(0, 5)];
  double chi_square = 0;
  for (const int count : seen) {
    const double off = count - draws / 6.0;
    chi_square += off * off / (draws / 6.0);
  }
  EXPECT_LT(chi_square,
            20.5);  // 5 degrees of freedom: exceeded once in 1,000 seeds, and this seed is fixed
}

TEST(random, between_of_no_range_is_low) {
  seeded_random random(3);
  EXPECT_EQ(random.between(5, 5), 5u);
  EXPECT_EQ(random.between(5, 4), 5u);
}

TEST(random, between_takes_the_whole_range_of_64_bits) {
  seeded_random random(4), same(4);
  EXPECT_EQ(random.between(0, highest), same.next());
  EXPECT_GE(random.between(highest - 1, highest), highest - 1);
}

// With a range just over half of all numbers, draws below (2^64 mod range) must be thrown away.
TEST(random, between_rejects_what_would_count_twice) {
  class scripted final : public random_source {
   public:
    std::uint64_t next() override { return values_[next_++]; }
    std::size_t next_ = 0;

   private:
    std::array<std::uint64_t, 2> values_{0, (1ull << 63) + 5};
  } random;
  EXPECT_EQ(random.between(0, 1ull << 63), 4u);
  EXPECT_EQ(random.next_, 2u);
}

TEST(random, a_seed_repeats_its_numbers) {
  seeded_random a(7), b(7), c(8);
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
}

TEST(random, the_system_source_refills_its_buffer) {
  system_random random;
  std::uint64_t ones = 0, zeros = 0;
  for (int i = 0; i < 200; ++i) {
    const auto value = random.next();
    ones |= value;
    zeros |= ~value;
  }
  EXPECT_EQ(ones, highest);  // each bit was 1 at least once, and 0 at least once
  EXPECT_EQ(zeros, highest);
}

}  // namespace
}  // namespace anytls
