#include "inbound/http_request.h"

#include <gtest/gtest.h>

namespace anytls::inbound {
namespace {

using protocol::address;

request_head head_of(std::string_view text) {
  return std::get<request_head>(parse_request_head(as_bytes(text)));
}

http_plan planned(std::string_view text) {
  auto got = plan_request(head_of(text));
  if (const auto* refusal = std::get_if<http_refusal>(&got)) {
    ADD_FAILURE() << text << ": " << refusal->reason;
    return {};
  }
  return std::get<http_plan>(got);
}

int refused(std::string_view text) {
  const auto got = plan_request(head_of(text));
  const auto* refusal = std::get_if<http_refusal>(&got);
  return refusal ? refusal->status : 0;
}

std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n\r\n";
}
std::string connect(std::string_view target) {
  return "CONNECT " + std::string(target) + " HTTP/1.1\r\n\r\n";
}
std::string post(std::string_view fields) {
  return "POST http://a/ HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

TEST(plan_request, connect) {
  const auto plan = planned(connect("example.com:443"));
  EXPECT_TRUE(plan.connect);
  EXPECT_EQ(plan.target, address::from_host("example.com", 443));
  EXPECT_TRUE(plan.head.empty());
  EXPECT_EQ(planned(connect("[2001:db8::1]:443")).target, address::from_host("2001:db8::1", 443));
  EXPECT_EQ(planned(connect("192.0.2.1:80")).target, address::from_ipv4({192, 0, 2, 1}, 80));
}

TEST(plan_request, connect_needs_a_host_and_a_port) {
  for (std::string_view target :
       {"example.com", "example.com:", ":443", "example.com:0", "example.com:65536",
        "example.com:+1", "example.com:4x", "[::1]", "[::1]443", "[::1", "[example.com]:1",
        "user@example.com:443", "http://example.com:443/", "a/b:1", "::1:443"})
    EXPECT_EQ(refused(connect(target)), 400) << target;
  EXPECT_EQ(refused(connect(std::string(256, 'a') + ":1")), 400);
}

TEST(plan_request, absolute_form_becomes_origin_form) {
  const auto plan = planned(
      "GET http://example.com:8080/a?b#c HTTP/1.1\r\nHost: elsewhere\r\nAccept: */*\r\n"
      "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nKeep-Alive: 5\r\nTE: "
      "trailers\r\n"
      "Connection: X-Hop, Accept-Not, Content-Length\r\nX-Hop: 1\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_EQ(plan.target, address::from_host("example.com", 8080));
  EXPECT_EQ(plan.head, "GET /a?b HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\n\r\n");
  EXPECT_TRUE(plan.keep_alive);
  EXPECT_TRUE(plan.repeatable);
  EXPECT_TRUE(plan.body.done());
}

TEST(plan_request, paths_and_ports) {
  EXPECT_TRUE(planned(get("http://a")).head.starts_with("GET / HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_TRUE(planned(get("HTTP://a?q")).head.starts_with("GET /?q HTTP/1.1\r\n"));
  EXPECT_TRUE(
      planned("OPTIONS http://a HTTP/1.1\r\n\r\n").head.starts_with("OPTIONS * HTTP/1.1\r\n"));
  EXPECT_EQ(planned(get("http://a:/")).target.port, 80);
  EXPECT_EQ(planned(get("http://[::1]:81/")).target, address::from_host("::1", 81));
}

TEST(plan_request, other_targets) {
  for (std::string_view target :
       {"/", "*", "https://a/", "ftp://a/", "http:///", "http://", "http://u:p@a/", "a:80",
        "http://a:b/", "http://a\\b/", "http://a%00b/"})
    EXPECT_EQ(refused(get(target)), 400) << target;
}

TEST(plan_request, bodies) {
  EXPECT_EQ(planned(post("Content-Length: 5\r\n")).body.how(), http_body::kind::length);
  EXPECT_TRUE(planned(post("Content-Length: 0\r\n")).body.done());
  const auto chunked = planned(post("Transfer-Encoding: Chunked\r\n"));
  EXPECT_EQ(chunked.body.how(), http_body::kind::chunked);
  EXPECT_NE(chunked.head.find("Transfer-Encoding: Chunked\r\n"), std::string::npos);
  EXPECT_FALSE(chunked.repeatable);
  EXPECT_NE(planned(post("Expect: 100-continue\r\nContent-Length: 1\r\n"))
                .head.find("Expect: 100-continue\r\n"),
            std::string::npos);
}

TEST(plan_request, smuggling) {
  EXPECT_EQ(refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(refused(post("Content-Length: 5\r\nContent-Length: 5\r\n")), 400);
  EXPECT_EQ(refused(post("Content-Length: 5, 5\r\n")), 400);
  EXPECT_EQ(refused(post("Content-Length: +5\r\n")), 400);
  EXPECT_EQ(refused(post("Content-Length: \r\n")), 400);
  EXPECT_EQ(refused(post("Content-Length: 99999999999999999999\r\n")), 400);
  EXPECT_EQ(refused(post("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 501);
  EXPECT_EQ(refused(post("Transfer-Encoding: identity\r\n")), 501);
  EXPECT_EQ(refused(post("Transfer-Encoding:\r\n")), 501);
  EXPECT_EQ(refused("POST http://a/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  // Connection must not take the length away from under the body.
  EXPECT_NE(planned(post("Connection: Content-Length\r\nContent-Length: 5\r\n"))
                .head.find("Content-Length: 5"),
            std::string::npos);
}

TEST(plan_request, keep_alive) {
  EXPECT_FALSE(planned("GET http://a/ HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
  EXPECT_NE(planned("GET http://a/ HTTP/1.1\r\nConnection: close\r\n\r\n")
                .head.find("Connection: close\r\n"),
            std::string::npos);
  EXPECT_FALSE(planned("GET http://a/ HTTP/1.1\r\nProxy-Connection: close\r\n\r\n").keep_alive);
  const auto old = planned("GET http://a/ HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(old.keep_alive);
  EXPECT_TRUE(old.client_1_0);
  EXPECT_TRUE(old.head.starts_with("GET / HTTP/1.1\r\n"));
  EXPECT_TRUE(planned("GET http://a/ HTTP/1.0\r\nProxy-Connection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(plan_request, upgrade) {
  const auto plan = planned(
      "GET http://a/ HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_TRUE(plan.upgrade);
  EXPECT_FALSE(plan.repeatable);
  EXPECT_TRUE(plan.head.ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_FALSE(planned("GET http://a/ HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").upgrade);
  EXPECT_FALSE(planned("GET http://a/ HTTP/1.1\r\nConnection: Upgrade\r\n\r\n").upgrade);
  EXPECT_FALSE(
      planned("GET http://a/ HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n").upgrade);
}

TEST(check_proxy_user, basic) {
  const user_list users{{{"alice", "a:b"}}};
  const auto check = [&](std::string_view value) {
    return check_proxy_user(head_of("GET http://a/ HTTP/1.1\r\nProxy-Authorization: " +
                                    std::string(value) + "\r\n\r\n"),
                            users);
  };
  const auto good = check("basic YWxpY2U6YTpi");
  EXPECT_TRUE(good.allowed);
  EXPECT_EQ(good.name, "alice");
  for (std::string_view value :
       {"Basic YWxpY2U6YTpj", "Basic YWxpY2U=", "Basic !", "Basic", "Bearer YWxpY2U6YTpi", ""}) {
    EXPECT_FALSE(check(value).allowed) << value;
    EXPECT_TRUE(check(value).presented);
  }
  const auto none = check_proxy_user(head_of(get("http://a/")), users);
  EXPECT_FALSE(none.allowed || none.presented);
  EXPECT_TRUE(check_proxy_user(head_of(get("http://a/")), user_list()).allowed);
}

}  // namespace
}  // namespace anytls::inbound
