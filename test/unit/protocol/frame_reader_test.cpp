#include "protocol/frame_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace anytls::protocol {
namespace {

using kind = enum frame_reader::piece::kind;

// What a session sees, as text: PSH pieces of one frame are joined, since cuts may fall anywhere.
class transcript {
 public:
  void read(bytes_view input) {
    for (;;) {
      const auto p = reader.next(input);
      switch (p.kind) {
        case kind::need_more:
          EXPECT_TRUE(input.empty());
          return;
        case kind::data:
          psh_ += as_text(p.data);
          if (!p.ends_frame) break;
          lines.push_back("psh " + std::to_string(p.stream_id()) + " " + psh_);
          psh_.clear();
          break;
        case kind::control:
          EXPECT_TRUE(p.ends_frame);
          lines.push_back(std::string(name(p.command())) + " " + std::to_string(p.stream_id()) +
                          " " + std::string(as_text(p.data)));
          break;
        case kind::unknown:
          lines.push_back("unknown " + std::to_string(p.header.command) + " " +
                          std::to_string(p.header.length));
          break;
      }
    }
  }

  frame_reader reader;
  std::vector<std::string> lines;

 private:
  std::string psh_;
};

void append_unknown(bytes& out, std::uint8_t number, std::string_view data) {
  append_frame(out, static_cast<command>(number), 5, as_bytes(data));
}

// One frame of everything, with data where there should be none.
bytes conversation() {
  bytes out;
  append_frame(out, command::settings, 0, as_bytes("v=2\nclient=x"));
  append_frame(out, command::syn, 1);
  append_frame(out, command::psh, 1, as_bytes("hello"));
  append_frame(out, command::waste, 0, bytes(20));
  append_frame(out, command::psh, 1);
  append_frame(out, command::syn, 3, as_bytes("not wanted"));
  append_unknown(out, 77, "skip me");
  append_unknown(out, 78, "");
  append_frame(out, command::waste, 0);
  append_frame(out, command::synack, 1);
  append_frame(out, command::synack, 3, as_bytes("refused"));
  append_frame(out, command::heart_request, 4, as_bytes("?"));
  append_frame(out, command::heart_response, 4);
  append_frame(out, command::update_padding_scheme, 0, as_bytes("stop=0"));
  append_frame(out, command::server_settings, 0, as_bytes("v=2"));
  append_frame(out, command::fin, 1, as_bytes("x"));
  append_frame(out, command::alert, 0, as_bytes("bye"));
  return out;
}

const std::vector<std::string> expected{"Settings 0 v=2\nclient=x",
                                        "SYN 1 ",
                                        "psh 1 hello",
                                        "psh 1 ",
                                        "SYN 3 ",
                                        "unknown 77 7",
                                        "unknown 78 0",
                                        "SYNACK 1 ",
                                        "SYNACK 3 refused",
                                        "HeartRequest 4 ",
                                        "HeartResponse 4 ",
                                        "UpdatePaddingScheme 0 stop=0",
                                        "ServerSettings 0 v=2",
                                        "FIN 1 ",
                                        "Alert 0 bye"};

TEST(frame_reader, reads_all_commands) {
  transcript t;
  t.read(conversation());
  EXPECT_EQ(t.lines, expected);
  EXPECT_FALSE(t.reader.in_frame());
}

TEST(frame_reader, reads_the_same_one_byte_at_a_time) {
  transcript t;
  const auto all = conversation();
  for (const auto& byte : all) t.read({&byte, 1});
  EXPECT_EQ(t.lines, expected);
}

TEST(frame_reader, reads_the_same_cut_anywhere) {
  const auto all = conversation();
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    transcript t;
    t.read(bytes_view(all).first(cut));
    t.read(bytes_view(all).subspan(cut));
    ASSERT_EQ(t.lines, expected) << "cut at " << cut;
  }
}

TEST(frame_reader, gives_stream_bytes_without_copy_and_without_waiting_for_the_frame) {
  bytes all;
  append_frame(all, command::psh, 6, as_bytes("abcdef"));
  frame_reader reader;
  auto input = bytes_view(all).first(10);
  auto p = reader.next(input);
  ASSERT_EQ(p.kind, kind::data);
  EXPECT_EQ(p.data.data(), all.data() + 7);
  EXPECT_EQ(as_text(p.data), "abc");
  EXPECT_FALSE(p.ends_frame);
  EXPECT_EQ(reader.next(input).kind, kind::need_more);
  EXPECT_TRUE(reader.in_frame());
  EXPECT_EQ(reader.current_stream(), 6u);

  input = bytes_view(all).subspan(10);
  p = reader.next(input);
  EXPECT_EQ(as_text(p.data), "def");
  EXPECT_TRUE(p.ends_frame);
  EXPECT_FALSE(reader.in_frame());
  EXPECT_EQ(reader.current_stream(), 0u);
}

TEST(frame_reader, gives_a_whole_control_frame_without_copy) {
  bytes all;
  append_frame(all, command::alert, 0, as_bytes("no"));
  frame_reader reader;
  bytes_view input(all);
  EXPECT_EQ(reader.next(input).data.data(), all.data() + 7);
}

TEST(frame_reader, is_in_a_frame_within_a_header_but_in_no_stream) {
  frame_reader reader;
  const bytes part{2, 0, 0, 0, 9, 0};
  bytes_view input(part);
  EXPECT_EQ(reader.next(input).kind, kind::need_more);
  EXPECT_TRUE(reader.in_frame());
  EXPECT_EQ(reader.current_stream(), 0u);
  EXPECT_EQ(reader.current_header(), nullptr);
}

TEST(frame_reader, knows_the_stream_when_only_the_header_has_come) {
  frame_reader reader;
  const bytes part{2, 0, 0, 0, 9, 0, 1};
  bytes_view input(part);
  EXPECT_EQ(reader.next(input).kind, kind::need_more);
  EXPECT_EQ(reader.current_stream(), 9u);
  ASSERT_NE(reader.current_header(), nullptr);
  EXPECT_EQ(reader.current_header()->length, 1);
}

TEST(frame_reader, reports_an_unknown_command_before_its_data) {
  frame_reader reader;
  auto input = as_bytes("HTTP/1.");
  const auto p = reader.next(input);
  EXPECT_EQ(p.kind, kind::unknown);
  EXPECT_EQ(p.header.command, 'H');
  EXPECT_FALSE(p.ends_frame);
  EXPECT_TRUE(input.empty());
}

TEST(frame_reader, skips_the_data_of_an_unknown_command_that_looks_like_frames) {
  bytes inner;
  append_frame(inner, command::fin, 1);
  bytes all;
  append_frame(all, static_cast<command>(200), 0, inner);
  append_frame(all, command::syn, 2);
  transcript t;
  t.read(all);
  EXPECT_EQ(t.lines, (std::vector<std::string>{"unknown 200 7", "SYN 2 "}));
}

TEST(frame_reader, skips_the_largest_waste) {
  bytes all;
  append_frame(all, command::waste, 0, bytes(65535, 0xff));
  append_frame(all, command::fin, 2);
  for (const std::size_t step : {std::size_t{1}, std::size_t{4096}, all.size()}) {
    transcript t;
    for (std::size_t at = 0; at < all.size(); at += step)
      t.read(bytes_view(all).subspan(at, std::min(step, all.size() - at)));
    EXPECT_EQ(t.lines, std::vector<std::string>{"FIN 2 "});
  }
}

TEST(frame_reader, keeps_the_largest_control_frame_in_parts) {
  bytes all;
  append_frame(all, command::alert, 0, bytes(65535, 'a'));
  append_frame(all, command::alert, 0, as_bytes("b"));
  transcript t;
  for (const auto& byte : all) t.read({&byte, 1});
  ASSERT_EQ(t.lines.size(), 2u);
  EXPECT_EQ(t.lines[0], "Alert 0 " + std::string(65535, 'a'));
  EXPECT_EQ(t.lines[1], "Alert 0 b");
}

TEST(frame_reader, reads_no_input_as_need_more) {
  frame_reader reader;
  bytes_view input;
  EXPECT_EQ(reader.next(input).kind, kind::need_more);
  EXPECT_FALSE(reader.in_frame());
}

}  // namespace
}  // namespace anytls::protocol
