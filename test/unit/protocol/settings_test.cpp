#include "protocol/settings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace anytls::protocol {
namespace {

settings parse(std::string_view text) { return parse_settings(as_bytes(text)); }

TEST(settings, client_writes_version_name_and_md5_in_this_order) {
  EXPECT_EQ(make_client_settings("anytls/0.1", "75cff2ad89aadf5e257059ee571ebe11"),
            "v=2\nclient=anytls/0.1\npadding-md5=75cff2ad89aadf5e257059ee571ebe11");
}

TEST(settings, server_writes_the_version) { EXPECT_EQ(make_server_settings(), "v=2"); }

TEST(settings, a_newline_in_the_client_text_adds_no_setting) {
  EXPECT_EQ(make_client_settings("a\nv=9\r\x1b", "m"), "v=2\nclient=av=9\npadding-md5=m");
}

TEST(settings, keys_come_in_any_order) {
  std::vector<std::string> lines{"client=c/1", "padding-md5=abc", "v=2"};
  const settings expected{2, "c/1", "abc"};
  do {
    EXPECT_EQ(parse(lines[0] + "\n" + lines[1] + "\n" + lines[2]), expected);
  } while (std::next_permutation(lines.begin(), lines.end()));
}

TEST(settings, unknown_keys_and_lines_without_equals_are_ignored) {
  EXPECT_EQ(parse("x=1\n\nv=2\nnothing\n=\nV=7\n"), (settings{2, "", ""}));
}

TEST(settings, missing_keys_are_version_1_and_empty_texts) {
  EXPECT_EQ(parse(""), (settings{1, "", ""}));
  EXPECT_EQ(parse("client="), (settings{1, "", ""}));
}

TEST(settings, a_value_may_contain_equals) { EXPECT_EQ(parse("client=a=b").client, "a=b"); }

TEST(settings, a_version_that_is_no_number_is_1) {
  for (const char* text : {"v=", "v=x", "v=2x", "v= 2", "v=-3", "v=0", "v=99999999999"})
    EXPECT_EQ(parse(text).version, 1) << text;
  EXPECT_EQ(parse("v=3").version, 3);
  EXPECT_EQ(parse_version(as_bytes(make_server_settings())), 2);
  EXPECT_EQ(parse_version({}), 1);
}

TEST(settings, of_two_lines_with_one_key_the_last_counts) {
  EXPECT_EQ(parse("v=1\nv=2\nclient=a\nclient=b"), (settings{2, "b", ""}));
}

TEST(settings, the_client_text_cannot_forge_log_lines) {
  EXPECT_EQ(parse("client=a\r\x1b[2Jb\x7f").client, "a??[2Jb?");
}

TEST(settings, oversize_values_are_bounded) {
  const auto s =
      parse("client=" + std::string(5000, 'c') + "\npadding-md5=" + std::string(65, 'a'));
  EXPECT_EQ(s.client.size(), max_client_text);
  EXPECT_EQ(s.padding_md5, "");
}

}  // namespace
}  // namespace anytls::protocol
