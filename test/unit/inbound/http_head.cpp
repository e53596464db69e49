#include "inbound/http_head.h"

#include <gtest/gtest.h>

namespace anytls::inbound {
namespace {

std::optional<std::size_t> find_at_once(std::string_view text) {
  return head_scanner().find(as_bytes(text));
}

http_refusal refused(std::string_view text) {
  const auto got = parse_request_head(as_bytes(text));
  const auto* refusal = std::get_if<http_refusal>(&got);
  return refusal ? *refusal : http_refusal{0, "accepted"};
}

TEST(head_scanner, finds_the_empty_line_at_any_cut) {
  const std::string head = "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n", text = head + "body\r\n\r\n";
  EXPECT_EQ(find_at_once(text), head.size());
  head_scanner scanner;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto found = scanner.find(as_bytes(text).first(size));
    EXPECT_EQ(found.has_value(), size >= head.size());
    if (found) {
      EXPECT_EQ(*found, head.size());
      break;
    }
  }
}

TEST(head_scanner, bare_line_feeds_end_a_head_too) {
  EXPECT_EQ(find_at_once("HTTP/1.0 200 OK\nA: b\n\nbody"), 22u);
  EXPECT_EQ(find_at_once("A\r\n\r"), std::nullopt);
}

TEST(request_head, fields_in_order) {
  const auto got = parse_request_head(
      as_bytes("GET http://a/ HTTP/1.1\r\nHost: a\r\nX-Y:  z z\t\r\nEmpty:\r\n\r\n"));
  const auto& head = std::get<request_head>(got);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "http://a/");
  EXPECT_EQ(head.minor, 1);
  EXPECT_EQ(head.fields, (http_fields{{"Host", "a"}, {"X-Y", "z z"}, {"Empty", ""}}));
}

TEST(request_head, versions) {
  EXPECT_EQ(std::get<request_head>(parse_request_head(as_bytes("GET / HTTP/1.0\r\n\r\n"))).minor,
            0);
  EXPECT_EQ(refused("PRI * HTTP/2.0\r\n\r\n").status, 505);
  EXPECT_EQ(refused("GET /\r\n\r\n").status, 400);
  EXPECT_EQ(refused("GET / http/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(refused("GET / HTTP/1.10\r\n\r\n").status, 400);
}

TEST(request_head, what_readers_may_understand_differently_is_refused) {
  for (std::string_view text : {
           "GET / HTTP/1.1\nHost: a\n\n",                   // bare LF
           "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n",          // one of them
           "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",          // folded
           "GET / HTTP/1.1\r\n A: b\r\n\r\n",               // before the first field
           "GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n",  // blank before the colon
           "GET / HTTP/1.1\r\nA\r\n\r\n",                   // no colon
           "GET / HTTP/1.1\r\n: b\r\n\r\n",                 // no name
           "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n",          // bare CR
           "GET  / HTTP/1.1\r\n\r\n",                       // two blanks
           "GET / x HTTP/1.1\r\n\r\n",                      // three words
           "G(T / HTTP/1.1\r\n\r\n",
           " GET / HTTP/1.1\r\n\r\n",
       })
    EXPECT_EQ(refused(text).status, 400) << text;
  EXPECT_EQ(refused(std::string_view("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 25)).status, 400);
}

TEST(response_head, tolerates_what_servers_send) {
  const auto got = parse_response_head(as_bytes("HTTP/1.0 404 Not  Found\nA: b\n  c\nD: e\n\n"));
  const auto& head = std::get<response_head>(got);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.minor, 0);
  EXPECT_EQ(head.reason, "Not  Found");
  EXPECT_EQ(head.fields, (http_fields{{"A", "b c"}, {"D", "e"}}));
  EXPECT_EQ(std::get<response_head>(parse_response_head(as_bytes("HTTP/1.1 200\r\n\r\n"))).status,
            200);
}

TEST(response_head, garbage) {
  for (std::string_view text :
       {"\n\n", "SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200OK\r\n\r\n", "HTTP/1.1 000 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n"})
    EXPECT_TRUE(std::holds_alternative<http_refusal>(parse_response_head(as_bytes(text)))) << text;
}

TEST(http_fields, lists) {
  const http_fields fields{
      {"Connection", "close, X"}, {"connection", " ,keep-alive ,"}, {"A", "b"}};
  EXPECT_EQ(fields.list("CONNECTION"), (std::vector<std::string_view>{"close", "X", "keep-alive"}));
  EXPECT_TRUE(fields.lists("Connection", "Keep-Alive"));
  EXPECT_FALSE(fields.lists("Connection", "clos"));
  EXPECT_EQ(fields.count("connection"), 2u);
  EXPECT_EQ(fields.get("a"), "b");
  EXPECT_EQ(fields.get("b"), "");
}

TEST(begins_http, tells_text_from_tls) {
  EXPECT_TRUE(begins_http('G'));
  EXPECT_TRUE(begins_http('\r'));
  EXPECT_FALSE(begins_http(0x16));
  EXPECT_FALSE(begins_http(0));
}

}  // namespace
}  // namespace anytls::inbound
