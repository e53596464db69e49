#include "base/log.h"

#include <string>
#include <vector>

namespace anytls::log {
namespace {

std::string logged(std::string_view text) {
  std::string out;
  set_handler([&](level, std::string_view line) { out = line; });
  write(level::error, text);
  set_handler({});
  return out;
}

TEST(log, text_of_any_language_passes) {
  for (const auto* text :
       {"", "plain", "имя", "密码 不对", "a \U0001F600 b", "\u00a0\u07ff\u0800\uffff"})
    EXPECT_EQ(logged(text), text);
}

TEST(log, control_characters_forge_no_lines) {
  EXPECT_EQ(logged("a\nb\tc\x1b[2Jd\x7f"), "a?b?c?[2Jd?");
  EXPECT_EQ(logged(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(logged("a\u009b2Jb"), "a??2Jb");  // an escape sequence in one character
}

TEST(log, what_is_no_utf_8_becomes_question_marks) {
  EXPECT_EQ(logged("\xff"), "?");
  EXPECT_EQ(logged("a\x80z"), "a?z");  // a continuation of nothing
  EXPECT_EQ(logged("a\xc3"), "a?");    // cut short
  EXPECT_EQ(logged("a\xe5\xaf"), "a??");
  EXPECT_EQ(logged("a\xc0\xafz"), "a??z");  // overlong
  EXPECT_EQ(logged("a\xe0\x80\xafz"), "a???z");
  EXPECT_EQ(logged("a\xed\xa0\x80z"), "a???z");       // half of a surrogate pair
  EXPECT_EQ(logged("a\xf4\x90\x80\x80z"), "a????z");  // beyond the last character
}

}  // namespace
}  // namespace anytls::log
