#include "protocol/client_hello.h"

#include <gtest/gtest.h>

#include <string>

namespace anytls::protocol {
namespace {

void number(std::string& out, std::size_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
}
std::string behind_length(int bytes, const std::string& text) {
  std::string out;
  number(out, text.size(), bytes);
  return out + text;
}
std::string extension(std::size_t type, const std::string& data) {
  std::string out;
  number(out, type, 2);
  return out + behind_length(2, data);
}
std::string hello(const std::string& extensions, bool with_block = true) {
  std::string body = "\x03\x03" + std::string(32, 'r') + behind_length(1, std::string(32, 's')) +
                     behind_length(2, "\x13\x01\x13\x02") + behind_length(1, std::string(1, '\0'));
  if (with_block) body += behind_length(2, extensions);
  const auto message = "\x01" + behind_length(3, body);
  return "\x16\x03\x01" + behind_length(2, message);
}

bool repeatable(const std::string& data) { return is_repeatable_client_hello(as_bytes(data)); }

TEST(client_hello, one_whole_hello) {
  EXPECT_TRUE(repeatable(hello(extension(0, "name") + extension(51, std::string(1200, 'k')))));
  EXPECT_TRUE(repeatable(hello("", false))) << "none of the extensions";
}

TEST(client_hello, early_data_must_not_leave_twice) {
  EXPECT_FALSE(repeatable(hello(extension(0, "name") + extension(42, ""))));
}

TEST(client_hello, a_part_is_none) {
  const auto whole = hello(extension(0, "name"));
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(repeatable(whole.substr(0, n))) << n;
}

TEST(client_hello, what_follows_it_might_be_a_request) {
  EXPECT_FALSE(repeatable(hello(extension(0, "name")) + "x"));
}

TEST(client_hello, other_things) {
  EXPECT_FALSE(repeatable("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(repeatable(""));
  auto server_hello = hello("");
  server_hello[5] = 2;
  EXPECT_FALSE(repeatable(server_hello));
  auto application_data = hello("");
  application_data[0] = 23;
  EXPECT_FALSE(repeatable(application_data));
  // An extension that is longer than the block.
  EXPECT_FALSE(repeatable(hello(std::string("\0\0\0\x09xy", 6))));
}

}  // namespace
}  // namespace anytls::protocol
