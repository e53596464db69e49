#include "protocol/auth.h"

#include <gtest/gtest.h>

namespace anytls::protocol {
namespace {

using verdict = preamble_reader::verdict;

TEST(auth, preamble_is_hash_length_and_zeros) {
  const auto hash = sha256(as_bytes("password"));
  const auto out = make_preamble(hash, 30);
  ASSERT_EQ(out.size(), 64u);
  EXPECT_EQ(to_hex(out),
            "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
            "001e" +
                std::string(60, '0'));
}

TEST(auth, preamble_without_padding_has_34_bytes) {
  EXPECT_EQ(make_preamble(sha256({}), 0).size(), 34u);
}

TEST(auth, preamble_is_cut_to_fit_one_record) {
  const auto out = make_preamble(sha256({}), 70000);
  EXPECT_EQ(out.size(), 34u + 16350u);
  EXPECT_EQ(get_u16(out.data() + 32), 16350);
}

TEST(auth, reads_a_preamble_and_leaves_the_session_bytes) {
  const auto hash = sha256(as_bytes("x"));
  auto record = make_preamble(hash, 30);
  append(record, as_bytes("frames"));
  preamble_reader reader;
  EXPECT_TRUE(reader.hash().empty());
  EXPECT_EQ(reader.start(record), verdict::complete);
  EXPECT_EQ(to_hex(reader.hash()), to_hex(hash));
  EXPECT_EQ(reader.consumed(), 64u);
}

TEST(auth, fewer_than_34_bytes_are_no_client) {
  const auto record = make_preamble(sha256({}), 0);
  for (std::size_t size = 0; size < 34; ++size) {
    preamble_reader reader;
    EXPECT_EQ(reader.start(bytes_view(record).first(size)), verdict::not_a_client);
    EXPECT_TRUE(reader.hash().empty());
    EXPECT_EQ(reader.consumed(), 0u);
  }
}

TEST(auth, a_short_http_request_is_no_client) {
  preamble_reader reader;
  EXPECT_EQ(reader.start(as_bytes("GET / HTTP/1.0\r\n\r\n")), verdict::not_a_client);
}

// The length of a longer one is read from its text: the hash can be judged without waiting for that
// many bytes.
TEST(auth, a_long_http_request_gives_a_hash_at_once) {
  preamble_reader reader;
  EXPECT_EQ(reader.start(as_bytes("GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\n")),
            verdict::need_more);
  EXPECT_EQ(as_text(reader.hash()), "GET /index.html HTTP/1.1\r\nHost: ");
}

TEST(auth, padding_may_be_split_anywhere) {
  auto all = make_preamble(sha256({}), 30);
  append(all, as_bytes("frames"));
  for (std::size_t cut = 34; cut < all.size(); ++cut) {
    preamble_reader reader;
    const auto first = reader.start(bytes_view(all).first(cut));
    if (cut >= 64) {
      EXPECT_EQ(first, verdict::complete);
      EXPECT_EQ(reader.consumed(), 64u);
      continue;
    }
    EXPECT_EQ(first, verdict::need_more);
    EXPECT_EQ(reader.hash().size(), 32u);
    EXPECT_EQ(reader.consumed(), cut);
    EXPECT_EQ(reader.more(bytes_view(all).subspan(cut)), verdict::complete);
    EXPECT_EQ(reader.consumed(), 64u - cut);
  }
}

TEST(auth, padding_may_come_one_byte_at_a_time) {
  const auto all = make_preamble(sha256({}), 3);
  preamble_reader reader;
  EXPECT_EQ(reader.start(bytes_view(all).first(34)), verdict::need_more);
  EXPECT_EQ(reader.more(bytes_view(all).subspan(34, 1)), verdict::need_more);
  EXPECT_EQ(reader.more({}), verdict::need_more);
  EXPECT_EQ(reader.consumed(), 0u);
  EXPECT_EQ(reader.more(bytes_view(all).subspan(35, 1)), verdict::need_more);
  EXPECT_EQ(reader.more(bytes_view(all).subspan(36, 1)), verdict::complete);
  EXPECT_EQ(reader.consumed(), 1u);
}

TEST(auth, the_longest_padding_is_awaited) {
  bytes record(34);
  put_u16(record.data() + 32, 65535);
  preamble_reader reader;
  EXPECT_EQ(reader.start(record), verdict::need_more);
  EXPECT_EQ(reader.more(bytes(65534)), verdict::need_more);
  EXPECT_EQ(reader.more(bytes(2)), verdict::complete);
  EXPECT_EQ(reader.consumed(), 1u);
}

}  // namespace
}  // namespace anytls::protocol
