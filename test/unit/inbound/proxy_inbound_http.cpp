// Plain HTTP through real sockets.
#include "unit/inbound/proxy_rig.h"

namespace anytls::inbound {
namespace {

using namespace std::string_literals;

const std::string blank = "\r\n\r\n";

std::string get(const std::string& url, const std::string& fields = "") {
  return "GET " + url + " HTTP/1.1\r\n" + fields + "\r\n";
}
std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + blank + body;
}

TEST(proxy_http, one_request) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/x", "Proxy-Connection: keep-alive\r\nAccept: */*\r\n"));
  auto target = rig.target();
  EXPECT_EQ(target.read_until(blank), "GET /x HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
  target.send(ok("hello"));
  EXPECT_EQ(client.read_exactly(ok("hello").size()), ok("hello"));
  EXPECT_EQ(rig.out.requests().at(0).target.to_string(), "a:80");
  EXPECT_TRUE(rig.lines().empty());
}

TEST(proxy_http, keep_alive_reuses_the_stream_to_the_same_host_and_changes_hosts) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/1"));
  auto a = rig.target();
  a.read_until(blank);
  a.send(ok("1"));
  EXPECT_EQ(client.read_exactly(ok("1").size()), ok("1"));

  client.send(get("http://a/2"));
  EXPECT_TRUE(a.read_until(blank).starts_with("GET /2 "));
  a.send(ok("2"));
  EXPECT_EQ(client.read_exactly(ok("2").size()), ok("2"));

  client.send(get("http://b/3"));
  auto b = rig.target();
  EXPECT_TRUE(b.read_until(blank).starts_with("GET /3 "));
  b.send(ok("3"));
  EXPECT_EQ(client.read_exactly(ok("3").size()), ok("3"));
  EXPECT_NE(a.read_all().second, end::timeout);
  EXPECT_EQ(rig.out.requests().size(), 2u);
}

TEST(proxy_http, asks_again_where_a_kept_stream_is_dead) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/1"));
  auto first = rig.target();
  first.read_until(blank);
  first.send(ok("1"));
  client.read_exactly(ok("1").size());
  first.close();
  client.send(get("http://a/2"));
  auto second = rig.target();
  EXPECT_TRUE(second.read_until(blank).starts_with("GET /2 "));
  second.send(ok("2"));
  EXPECT_EQ(client.read_exactly(ok("2").size()), ok("2"));
  EXPECT_TRUE(rig.lines().empty());
}

TEST(proxy_http, moves_between_threads) {
  proxy_rig rig;
  rig.out.context = &rig.two;
  auto client = rig.connect(get("http://a/1"));
  for (auto* context : {&rig.two, &rig.one, &rig.two}) {
    auto target = rig.target();
    EXPECT_TRUE(target.read_until(blank).starts_with("GET /"));
    rig.out.context = context == &rig.two ? &rig.one : &rig.two;
    target.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    EXPECT_EQ(client.read_exactly(ok("x").size()), ok("x"));
    client.send(get("http://a/2"));
  }
}

TEST(proxy_http, pipelined_requests_are_answered_in_order) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/1") + get("http://b/2") + get("http://b/3"));
  auto a = rig.target();
  EXPECT_TRUE(a.read_until(blank).starts_with("GET /1 "));
  EXPECT_TRUE(a.silent(50));
  a.send(ok("1"));
  auto b = rig.target();
  EXPECT_TRUE(b.read_until(blank).starts_with("GET /2 "));
  b.send(ok("2"));
  EXPECT_TRUE(b.read_until(blank).starts_with("GET /3 "));
  b.send(ok("3"));
  const auto all = ok("1") + ok("2") + ok("3");
  EXPECT_EQ(client.read_exactly(all.size()), all);
}

TEST(proxy_http, head_and_304_have_no_body) {
  proxy_rig rig;
  auto client = rig.connect("HEAD http://a/ HTTP/1.1\r\n\r\n" + get("http://a/"));
  auto target = rig.target();
  target.read_until(blank);
  const auto head = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"s;
  target.send(head);
  EXPECT_EQ(client.read_exactly(head.size()), head);
  EXPECT_TRUE(target.read_until(blank).starts_with("GET "));
  const auto unchanged = "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"s;
  target.send(unchanged);
  EXPECT_EQ(client.read_exactly(unchanged.size()), unchanged);
}

TEST(proxy_http, chunks_pass_as_they_are) {
  proxy_rig rig;
  const auto body = "5\r\nhello\r\n0\r\nX: y\r\n\r\n"s;
  auto client = rig.connect("POST http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto target = rig.target();
  EXPECT_EQ(target.read_until(blank),
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (char c : body) client.send({&c, 1});
  EXPECT_EQ(target.read_exactly(body.size()), body);
  const auto response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
  for (char c : response) target.send({&c, 1});
  EXPECT_EQ(client.read_exactly(response.size()), response);
  client.send(get("http://a/2"));  // both messages ended where they should
  EXPECT_TRUE(target.read_until(blank).starts_with("GET /2 "));
}

TEST(proxy_http, version_1_0) {
  proxy_rig rig;
  auto client = rig.connect("GET http://a/ HTTP/1.0\r\n\r\n");
  auto target = rig.target();
  EXPECT_EQ(target.read_until(blank), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  target.send(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_all(),
            std::pair("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"s, end::clean));
}

TEST(proxy_http, response_until_close) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/"));
  auto target = rig.target();
  target.read_until(blank);
  target.send("HTTP/1.1 200 OK\r\n\r\nhel");
  EXPECT_EQ(client.read_until("hel"), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhel");
  target.send("lo");
  target.close();
  EXPECT_EQ(client.read_all(), std::pair("lo"s, end::clean));
}

TEST(proxy_http, expect_100_continue) {
  proxy_rig rig;
  auto client =
      rig.connect("PUT http://a/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  auto target = rig.target();
  EXPECT_NE(target.read_until(blank).find("Expect: 100-continue\r\n"), std::string::npos);
  target.send("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.read_until(blank), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(target.read_exactly(4), "body");
  target.send(ok("done"));
  EXPECT_EQ(client.read_exactly(ok("done").size()), ok("done"));
}

TEST(proxy_http, answer_before_the_request_is_complete_ends_the_connection) {
  proxy_rig rig;
  auto client = rig.connect("PUT http://a/ HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nsome");
  auto target = rig.target();
  target.read_until("some");
  target.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(client.read_all(),
            std::pair("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"s,
                      end::clean));
}

TEST(proxy_http, upgrade_becomes_a_relay) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  auto target = rig.target();
  EXPECT_TRUE(
      target.read_until(blank).ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  target.send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst");
  EXPECT_TRUE(client.read_until(blank).starts_with("HTTP/1.1 101 "));
  EXPECT_EQ(client.read_exactly(5), "first");
  for (int i = 0; i < 3; ++i) {
    client.send("ping");
    EXPECT_EQ(target.read_exactly(4), "ping");
    target.send("pong");
    EXPECT_EQ(client.read_exactly(4), "pong");
  }
  client.half_close();
  EXPECT_EQ(target.read_all(), std::pair(""s, end::clean));
  target.send("bye");
  target.close();
  EXPECT_EQ(client.read_all(), std::pair("bye"s, end::clean));
}

TEST(proxy_http, half_closed_client_gets_its_answer) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/"));
  client.half_close();
  auto target = rig.target();
  target.read_until(blank);
  EXPECT_TRUE(target.silent(50));
  target.send(ok("late"));
  EXPECT_TRUE(client.read_all().first.ends_with("late"));
}

TEST(proxy_http, half_closed_client_is_given_up_after_a_silence) {
  proxy_options options;
  options.half_close_timeout = 100ms;
  proxy_rig rig(options);
  auto client = rig.connect(get("http://a/"));
  client.half_close();
  auto target = rig.target();
  target.read_until(blank);
  EXPECT_EQ(target.read_all().second, end::reset);
  EXPECT_TRUE(rig.idle());
}

TEST(proxy_http, client_that_leaves_frees_the_target) {
  proxy_rig rig;
  auto client = rig.connect(get("http://a/"));
  auto target = rig.target();
  target.read_until(blank);
  client.reset();
  EXPECT_EQ(target.read_all().second, end::reset);
  EXPECT_TRUE(rig.idle());
}

TEST(proxy_http, bad_gateway_names_the_reason_and_keeps_the_connection) {
  proxy_rig rig;
  rig.out.open_error = errc::name_not_found;
  auto client = rig.connect();
  for (int i = 0; i < 2; ++i) {
    client.send(get("http://a/"));
    EXPECT_TRUE(client.read_until(blank).starts_with(
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain"));
    EXPECT_EQ(client.read_until("\n"),
              "a:80: " + make_error_code(errc::name_not_found).message() + "\n");
  }
  ASSERT_EQ(rig.lines().size(), 2u);
  const auto line = rig.lines()[0];
  EXPECT_TRUE(line.starts_with("inbound in: 127.0.0.1:")) << line;
  EXPECT_TRUE(line.ends_with(" to a:80 via fake (test:1): " +
                             make_error_code(errc::name_not_found).message()))
      << line;
}

TEST(proxy_http, target_that_says_nothing_is_a_502) {
  proxy_rig rig;
  for (const auto& answer : {""s, "HTTP/1.1 200 OK\r\nContent-"s, "SSH-2.0-OpenSSH_9.2\r\n\r\n"s,
                             "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"s}) {
    auto client = rig.connect(get("http://a/"));
    auto target = rig.target();
    target.read_until(blank);
    target.send(answer);
    target.close();
    EXPECT_TRUE(client.read_until(blank).starts_with("HTTP/1.1 502 ")) << answer;
    EXPECT_TRUE(client.read_until("\n").starts_with("a:80: the target"));
  }
}

TEST(proxy_http, timeout_is_a_504) {
  proxy_rig rig;
  rig.out.open_error = errc::stream_timeout;
  EXPECT_TRUE(rig.connect(get("http://a/")).read_until(blank).starts_with("HTTP/1.1 504 "));
}

TEST(proxy_http, half_a_response_is_a_reset) {
  for (const auto& answer : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"s,
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"s}) {
    proxy_rig rig;
    auto client = rig.connect(get("http://a/"));
    auto target = rig.target();
    target.read_until(blank);
    target.send(answer);
    EXPECT_TRUE(client.read_until("half").ends_with("half"));
    target.close();
    EXPECT_EQ(client.read_all().second, end::reset);
  }
  proxy_rig rig;
  auto client = rig.connect(get("http://a/"));
  auto target = rig.target();
  target.read_until(blank);
  target.send("HTTP/1.1 200 OK\r\n\r\nhalf");
  client.read_until("half");
  target.reset();  // until close: only this tells
  EXPECT_EQ(client.read_all().second, end::reset);
}

TEST(proxy_http, garbage_is_a_400) {
  proxy_rig rig;
  for (const auto& text :
       {"\x16\x03\x01\x02\x00"s, "HELLO\r\n\r\n"s, get("/"), get("https://a/"),
        get("http://a/", "A : b\r\n"),
        "POST http://a/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx"s}) {
    const auto [answer, how] = rig.connect(text).read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << text;
    EXPECT_EQ(how, end::clean);
  }
  EXPECT_TRUE(rig.out.requests().empty());
}

TEST(proxy_http, head_has_a_limit) {
  proxy_rig rig;
  auto client = rig.connect("GET http://a/ HTTP/1.1\r\n");
  client.send("X: " + std::string(70'000, 'x'));
  EXPECT_TRUE(client.read_until(blank).starts_with("HTTP/1.1 431 "));
}

TEST(proxy_http, bad_chunks_are_a_400) {
  proxy_rig rig;
  auto client =
      rig.connect("POST http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX");
  auto target = rig.target();
  EXPECT_TRUE(client.read_until(blank).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(target.read_all().second, end::reset);
}

TEST(proxy_http, users) {
  proxy_options options;
  options.users = {{"alice", "secret"}};
  proxy_rig rig(options);
  auto client = rig.connect(get("http://a/"));
  EXPECT_TRUE(client.read_until(blank).starts_with("HTTP/1.1 407 "));
  client.read_until("\n");
  client.send(get("http://a/", "Proxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n"));
  auto target = rig.target();
  EXPECT_EQ(target.read_until(blank), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(proxy_http, large_bodies_both_ways) {
  proxy_rig rig;
  const std::string body(8 << 20, 'b');
  auto client = rig.connect(
      "POST http://a/ HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + blank);
  auto target = rig.target();
  target.read_until(blank);
  std::thread up([&] { client.send(body); });
  EXPECT_EQ(target.read_exactly(body.size()), body);
  up.join();
  std::thread down([&] { target.send(ok(body)); });
  EXPECT_EQ(client.read_exactly(ok(body).size()), ok(body));
  down.join();
}

}  // namespace
}  // namespace anytls::inbound
