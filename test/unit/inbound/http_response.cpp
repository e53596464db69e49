#include "inbound/http_response.h"

#include <gtest/gtest.h>

namespace anytls::inbound {
namespace {

using kind = response_plan::kind;

std::variant<response_plan, http_refusal> plan(std::string_view text, const http_plan& request,
                                               bool may_keep = true) {
  return plan_response(std::get<response_head>(parse_response_head(as_bytes(text))), request,
                       may_keep);
}

response_plan planned(std::string_view text, const http_plan& request, bool may_keep = true) {
  auto got = plan(text, request, may_keep);
  if (const auto* refusal = std::get_if<http_refusal>(&got)) {
    ADD_FAILURE() << text << ": " << refusal->reason;
    return {};
  }
  return std::get<response_plan>(got);
}

bool refused(std::string_view text, const http_plan& request) {
  return std::holds_alternative<http_refusal>(plan(text, request));
}

http_plan request() {
  http_plan p;
  p.keep_alive = true;
  return p;
}

TEST(plan_response, length) {
  const auto p = planned(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\nConnection: X, "
      "keep-alive\r\n"
      "X: y\r\nServer: s\r\n\r\n",
      request());
  EXPECT_EQ(p.head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: s\r\n\r\n");
  EXPECT_EQ(p.body.how(), http_body::kind::length);
  EXPECT_TRUE(p.keep_client && p.keep_upstream);
}

TEST(plan_response, until_close) {
  const auto p = planned("HTTP/1.1 200 OK\r\n\r\n", request());
  EXPECT_EQ(p.head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(p.body.how(), http_body::kind::until_close);
  EXPECT_FALSE(p.keep_client || p.keep_upstream);
}

TEST(plan_response, persistence) {
  const std::string_view closing =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  EXPECT_TRUE(
      planned(closing, request()).keep_client);  // the other connection ends, not the client's
  EXPECT_FALSE(planned(closing, request()).keep_upstream);
  EXPECT_FALSE(planned("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", request()).keep_upstream);
  EXPECT_FALSE(
      planned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", request(), false).keep_client);
  auto old = request();
  old.client_1_0 = true;
  EXPECT_EQ(planned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", old).head,
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(plan_response, no_body) {
  for (std::string_view status : {"204 No Content", "304 Not Modified"}) {
    const auto p = planned("HTTP/1.1 " + std::string(status) + "\r\n\r\n", request());
    EXPECT_TRUE(p.body.done() && p.keep_client && p.keep_upstream);
  }
  auto head = request();
  head.is_head = true;
  const auto p = planned("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", head);
  EXPECT_TRUE(p.body.done() && p.keep_client);
  EXPECT_NE(p.head.find("Content-Length: 500"), std::string::npos);
}

TEST(plan_response, chunked) {
  const std::string_view text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(planned(text, request()).body.how(), http_body::kind::chunked);
  EXPECT_TRUE(planned(text, request()).keep_client);
  auto old = request();
  old.client_1_0 = true;
  const auto p = planned(text, old);
  EXPECT_TRUE(p.dechunk);
  EXPECT_EQ(p.head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

TEST(plan_response, doubtful_lengths) {
  const auto both = planned(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", request());
  EXPECT_EQ(both.head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_FALSE(both.keep_upstream);
  EXPECT_EQ(
      planned("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\n", request())
          .head,
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  for (std::string_view fields :
       {"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: -1\r\n",
        "Content-Length:\r\n", "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked, chunked\r\n"})
    EXPECT_TRUE(refused("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n", request())) << fields;
  EXPECT_TRUE(refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", request()));
}

TEST(plan_response, interim_and_switching) {
  const auto p = planned("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", request());
  EXPECT_EQ(p.what, kind::interim);
  EXPECT_EQ(p.head, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
  auto old = request();
  old.client_1_0 = true;
  EXPECT_EQ(planned("HTTP/1.1 100 Continue\r\n\r\n", old).head, "");

  const std::string_view text =
      "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
  EXPECT_TRUE(refused(text, request()));
  auto asking = request();
  asking.upgrade = true;
  EXPECT_EQ(planned(text, asking).what, kind::switching);
  EXPECT_EQ(planned(text, asking).head,
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

TEST(own_response, texts) {
  EXPECT_EQ(own_response(502, "a:1: refused", false, true),
            "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; "
            "charset=utf-8\r\nContent-Length: 13\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\na:1: refused\n");
  EXPECT_NE(own_response(407, "x", true, true).find("\r\nProxy-Authenticate: Basic realm="),
            std::string::npos);
  EXPECT_TRUE(own_response(502, "x", true, false).ends_with("\r\n\r\n"));
}

TEST(gateway_status, causes) {
  EXPECT_EQ(gateway_status(errc::connect_timeout), 504);
  EXPECT_EQ(gateway_status(errc::stream_timeout), 504);
  EXPECT_EQ(gateway_status(errc::blocked), 403);
  EXPECT_EQ(gateway_status(errc::target_refused), 502);
  EXPECT_EQ(gateway_status(errc::target_unreachable), 502);
  EXPECT_EQ(gateway_status(errc::name_not_found), 502);
}

}  // namespace
}  // namespace anytls::inbound
