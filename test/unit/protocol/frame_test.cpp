#include "protocol/frame.h"

#include <gtest/gtest.h>

namespace anytls::protocol {
namespace {

TEST(frame, header_is_seven_bytes_big_endian) {
  std::uint8_t raw[frame_header_size];
  encode_header(raw, command::psh, 0x01020304, 0xabcd);
  EXPECT_EQ(to_hex(raw), "0201020304abcd");
  EXPECT_EQ(decode_header(raw), (frame_header{2, 0x01020304, 0xabcd}));
}

TEST(frame, numbers_and_names_are_those_of_the_document) {
  const char* names[] = {"Waste",
                         "SYN",
                         "PSH",
                         "FIN",
                         "Settings",
                         "Alert",
                         "UpdatePaddingScheme",
                         "SYNACK",
                         "HeartRequest",
                         "HeartResponse",
                         "ServerSettings"};
  for (std::uint8_t i = 0; i <= 10; ++i) {
    EXPECT_TRUE(known(i));
    EXPECT_STREQ(name(static_cast<command>(i)), names[i]);
  }
  EXPECT_FALSE(known(11));
  EXPECT_FALSE(known(255));
  EXPECT_STREQ(name(static_cast<command>(200)), "unknown");
}

TEST(frame, without_data_is_a_header) {
  bytes out{0xee};
  append_frame(out, command::fin, 7);
  EXPECT_EQ(to_hex(out), "ee03000000070000");
}

TEST(frame, carries_its_data) {
  bytes out;
  append_frame(out, command::server_settings, 0, as_bytes("v=2"));
  EXPECT_EQ(to_hex(out), "0a000000000003763d32");
}

TEST(frame, empty_psh_is_one_frame) {
  bytes out;
  append_frame(out, command::psh, 1);
  EXPECT_EQ(out.size(), frame_header_size);
}

TEST(frame, psh_of_the_largest_length_is_not_split) {
  bytes out;
  append_frame(out, command::psh, 1, bytes(65535, 1));
  EXPECT_EQ(out.size(), 7u + 65535u);
  EXPECT_EQ(decode_header(out.data()).length, 65535);
}

TEST(frame, psh_over_the_length_field_is_split) {
  bytes data(65535 * 2 + 3);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i % 251);
  bytes out;
  append_frame(out, command::psh, 9, data);
  ASSERT_EQ(out.size(), data.size() + 3 * frame_header_size);
  bytes joined;
  for (std::size_t at = 0; at < out.size();) {
    const auto header = decode_header(out.data() + at);
    EXPECT_EQ(header.command, 2);
    EXPECT_EQ(header.stream_id, 9u);
    at += frame_header_size;
    append(joined, bytes_view(out).subspan(at, header.length));
    at += header.length;
  }
  EXPECT_EQ(joined, data);
}

TEST(frame, other_commands_are_cut_at_the_length_field) {
  bytes out;
  append_frame(out, command::alert, 0, bytes(70000, 'a'));
  EXPECT_EQ(out.size(), 7u + 65535u);
}

// The frame that a web server's answer looks like: 12,590 bytes of data that never come.
TEST(frame, an_http_answer_is_an_unknown_command) {
  const auto header = decode_header(as_bytes("HTTP/1.1 400").data());
  EXPECT_FALSE(known(header.command));
  EXPECT_EQ(header.length, 12590);
}

}  // namespace
}  // namespace anytls::protocol
