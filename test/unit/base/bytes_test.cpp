#include "base/bytes.h"

#include <gtest/gtest.h>

namespace anytls {
namespace {

TEST(bytes, hex_is_lower_case_two_characters_a_byte) {
  EXPECT_EQ(to_hex({}), "");
  const bytes data{0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(to_hex(data), "000fa5ff");
}

TEST(bytes, integers_are_big_endian_and_read_back) {
  std::uint8_t raw[4];
  put_u16(raw, 0x1234);
  EXPECT_EQ(to_hex({raw, 2}), "1234");
  EXPECT_EQ(get_u16(raw), 0x1234);
  put_u32(raw, 0xfedcba98);
  EXPECT_EQ(to_hex(raw), "fedcba98");
  EXPECT_EQ(get_u32(raw), 0xfedcba98u);
}

TEST(bytes, equal_constant_time_finds_a_difference_at_every_position) {
  const bytes secret(32, 0x5a);
  EXPECT_TRUE(equal_constant_time(secret, bytes(32, 0x5a)));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    for (const int bit : {0x01, 0x80}) {
      auto other = secret;
      other[i] = static_cast<std::uint8_t>(other[i] ^ bit);
      EXPECT_FALSE(equal_constant_time(secret, other)) << i;
    }
  }
}

TEST(bytes, equal_constant_time_tells_lengths_apart) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(bytes(3), bytes(4)));
  EXPECT_FALSE(equal_constant_time(bytes(3), {}));
}

TEST(bytes, text_and_bytes_are_views_of_each_other) {
  const std::string text = std::string("a\0b", 3);
  EXPECT_EQ(as_text(as_bytes(text)), text);
  bytes out{1};
  append(out, as_bytes("x"));
  EXPECT_EQ(out, (bytes{1, 'x'}));
}

}  // namespace
}  // namespace anytls
