#include "protocol/proxy_protocol_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace anytls::protocol {
namespace {

using namespace std::string_literals;
using state = proxy_header::state;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string binary(char command, char family, const std::string& block) {
  return signature + command + family + static_cast<char>(block.size() >> 8) +
         static_cast<char>(block.size() & 0xff) + block;
}

const std::string four = "\xc0\x00\x02\x01\xc6\x33\x64\x01\x30\x39\x01\xbb"s;
const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" +
                        std::string(16, '\2') + "\x30\x39\x01\xbb";

struct known {
  const char* what;
  std::string header;
  std::string source;  ///< empty = none is told
};

const known good[] = {
    {"TCP4", "PROXY TCP4 192.0.2.1 198.51.100.1 12345 443\r\n", "192.0.2.1:12345"},
    {"TCP6", "PROXY TCP6 2001:db8::1 2001:db8::2 12345 443\r\n", "[2001:db8::1]:12345"},
    {"port 0", "PROXY TCP4 192.0.2.1 198.51.100.1 0 0\r\n", "192.0.2.1:0"},
    {"UNKNOWN", "PROXY UNKNOWN\r\n", ""},
    {"UNKNOWN with addresses", "PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n", ""},
    {"the longest line", "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", ""},
    {"binary TCP4", binary(0x21, 0x11, four), "192.0.2.1:12345"},
    {"binary TCP6", binary(0x21, 0x21, six), "[2001:db8::1]:12345"},
    {"TLVs", binary(0x21, 0x11, four + "\x04\x00\x02xx"s), "192.0.2.1:12345"},
    {"the longest", binary(0x21, 0x11, four + std::string(536 - 28, '\4')), "192.0.2.1:12345"},
    {"LOCAL", binary(0x20, 0x00, ""), ""},
    {"LOCAL with addresses", binary(0x20, 0x11, four), ""},
    {"UNSPEC", binary(0x21, 0x00, ""), ""},
    {"UDP", binary(0x21, 0x12, four), ""},
    {"UNIX", binary(0x21, 0x31, std::string(216, 'u')), ""},
};

TEST(ProxyProtocol, TellsTheSourceAndNothingBehindItIsTaken) {
  for (const auto& one : good) {
    SCOPED_TRACE(one.what);
    const auto read = read_proxy_header(as_bytes(one.header + "PROXY and more"));
    ASSERT_EQ(read.is, state::complete);
    EXPECT_EQ(read.size, one.header.size());
    EXPECT_EQ(read.source ? read.source->to_string() : "", one.source);
  }
}

TEST(ProxyProtocol, WaitsAtEveryCut) {
  for (const auto& one : good)
    for (std::size_t size = 0; size < one.header.size(); ++size) {
      const auto read = read_proxy_header(as_bytes(one.header.substr(0, size)));
      EXPECT_EQ(read.is, state::need_more) << one.what << " after " << size;
    }
}

TEST(ProxyProtocol, WhatBeginsOtherwiseIsNoHeaderAtItsFirstWrongByte) {
  const std::string others[] = {"\x16\x03\x01"s, "\5\1\0"s, "GET / HTTP/1.1\r\n",  "PRO-",
                                "PROPFIND /",    "PROXY\t", "\r\n\r\n\0\r\nQUIET"s};
  for (const auto& one : others)
    EXPECT_EQ(read_proxy_header(as_bytes(one)).is, state::absent) << one;
}

TEST(ProxyProtocol, RefusesWhatOnlyBeginsLikeOne) {
  const std::pair<const char*, std::string> bad[] = {
      {"no family", "PROXY \r\n"},
      {"lower case", "PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n"},
      {"UNKNOWN with a tail", "PROXY UNKNOWNS\r\n"},
      {"address of the other family", "PROXY TCP4 ::1 ::1 1 2\r\n"},
      {"second address of the other family", "PROXY TCP4 192.0.2.1 ::1 1 2\r\n"},
      {"IPv4 as TCP6", "PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n"},
      {"brackets", "PROXY TCP6 [::1] [::1] 1 2\r\n"},
      {"a name", "PROXY TCP4 example.com 192.0.2.1 1 2\r\n"},
      {"port too high", "PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n"},
      {"leading zero", "PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n"},
      {"sign", "PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n"},
      {"two spaces", "PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n"},
      {"one port", "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n"},
      {"three ports", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n"},
      {"LF alone", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n" + std::string(80, 'x')},
      {"CR alone", "PROXY UNKNOWN\rx"},
      {"a line too long", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"},
      {"a line that does not end", "PROXY UNKNOWN " + std::string(93, 'x')},
      {"version 1 in binary", binary(0x11, 0x11, four)},
      {"unknown command", binary(0x22, 0x11, four)},
      {"addresses too short", binary(0x21, 0x11, four.substr(1))},
      {"IPv6 addresses too short", binary(0x21, 0x21, four)},
      {"too long", binary(0x21, 0x11, std::string(521, 'x'))},
  };
  for (const auto& [what, header] : bad)
    EXPECT_EQ(read_proxy_header(as_bytes(header)).is, state::malformed) << what;
}

}  // namespace
}  // namespace anytls::protocol
