#include "inbound/http_body.h"

#include "unit/inbound/cut.h"

#include <gtest/gtest.h>

#include <string>

namespace anytls::inbound {
namespace {

struct outcome {
  std::string payload;
  std::size_t used = 0;
  bool done = false;
  bool bad = false;
  bool operator==(const outcome&) const = default;
};

outcome read(http_body body, std::string_view text, const std::vector<std::size_t>& cuts) {
  outcome out;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const auto end = i < cuts.size() ? cuts[i] : text.size();
    while (at < end && !body.done()) {
      const auto piece = body.next(as_bytes(text).subspan(at, end - at));
      if (!piece) {
        out.bad = true;
        return out;
      }
      if (piece->used == 0) return {"no progress"};
      at += piece->used;
      out.payload += as_text(piece->payload);
    }
  }
  out.used = at;
  out.done = body.done();
  return out;
}

outcome read(const http_body& body, std::string_view text) {
  const auto whole = read(body, text, {});
  for (const auto& cuts : every_cut(text.size())) {
    const auto cut = read(body, text, cuts);
    EXPECT_EQ(cut.bad, whole.bad);
    if (!whole.bad) {
      EXPECT_EQ(cut, whole);
    }
  }
  return whole;
}

const auto strict = http_body::in_chunks(http_body::strictness::request);
const auto lenient = http_body::in_chunks(http_body::strictness::response);

TEST(http_body, none_and_length) {
  EXPECT_TRUE(http_body().done());
  EXPECT_TRUE(http_body::of_length(0).done());
  EXPECT_EQ(read(http_body::of_length(5), "helloGET /"), (outcome{"hello", 5, true}));
  EXPECT_EQ(read(http_body::of_length(5), "hel"), (outcome{"hel", 3, false}));
  EXPECT_EQ(read(http_body::to_the_end(), "anything"), (outcome{"anything", 8, false}));
}

TEST(http_body, chunks) {
  const std::string_view text = "5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\n\r\n";
  EXPECT_EQ(read(strict, std::string(text) + "GET /"), (outcome{"hello world", text.size(), true}));
  EXPECT_EQ(read(strict, "00a\r\n0123456789\r\n000\r\n\r\n"), (outcome{"0123456789", 24, true}));
  EXPECT_EQ(read(strict, "0\r\nX: y\r\nZ: z\r\n\r\n"), (outcome{"", 17, true}));
}

TEST(http_body, unfinished_chunks_are_not_done) {
  for (std::string_view text :
       {"", "5", "5\r\nhello", "5\r\nhello\r\n", "0\r\n", "0\r\n\r", "0\r\nA: b\r\n"}) {
    const auto got = read(strict, text);
    EXPECT_FALSE(got.done || got.bad) << text;
  }
}

TEST(http_body, malformed_chunks) {
  for (std::string_view text :
       {"\r\n", "x\r\n", "-1\r\n", "0x5\r\n", "5\nhello", "5\r\nhelloX\r\n", "5\r\nhello\n",
        "5 \r\nhello", ";a\r\n", "5;a\nb\r\n", "1000000000000000\r\n", "0\r\n X: y\r\n\r\n",
        "0\r\nX: y\n\r\n", "0\n\n", "+5\r\nhello"})
    EXPECT_TRUE(read(strict, text).bad) << text;
}

TEST(http_body, servers_pad_sizes) {
  EXPECT_EQ(read(lenient, "5  \r\nhello\r\n0 \r\n\r\n"), (outcome{"hello", 18, true}));
  EXPECT_TRUE(read(lenient, " 5\r\nhello\r\n").bad);
}

TEST(http_body, lines_have_a_limit) {
  EXPECT_TRUE(read(strict, "5;" + std::string(20000, 'x'), {}).bad);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 2000; ++i) trailers += "Header: value\r\n";
  EXPECT_TRUE(read(strict, trailers, {}).bad);
}

}  // namespace
}  // namespace anytls::inbound
