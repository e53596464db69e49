#include "outbound/http_connect_codec.h"

#include "unit/outbound/conversation.h"

namespace anytls::outbound {
namespace {

using protocol::address;

const proxy_action done = proxy_done{}, more = proxy_need_more{};

make_codec connect(http_proxy_options options = {},
                   address target = address::from_host("example.com", 443)) {
  auto kept = std::make_shared<http_proxy_options>(std::move(options));
  return [=] { return std::make_unique<http_connect_codec>(*kept, target); };
}

TEST(HttpConnectCodec, AsksForTheTargetWithThePassword) {
  const auto got = converse(connect({"alice", "pass word", {}, {}}), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(
      got.hello,
      "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n"
      "Proxy-Connection: Keep-Alive\r\nProxy-Authorization: Basic YWxpY2U6cGFzcyB3b3Jk\r\n\r\n");
  EXPECT_EQ(got.last, done);
  EXPECT_EQ(converse(connect({}, address::from_host("2001:db8::1", 80)), "").hello,
            "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n"
            "Proxy-Connection: Keep-Alive\r\n\r\n");
}

TEST(HttpConnectCodec, SendsThePathAndHeadersOfTheConfiguration) {
  const auto got = converse(
      connect({{}, {}, "/tunnel", {{"X-Token", "a"}, {"X-Token", "b"}, {"host", "other"}}}), "");
  EXPECT_EQ(got.hello,
            "CONNECT /tunnel HTTP/1.1\r\nProxy-Connection: Keep-Alive\r\n"
            "X-Token: a\r\nX-Token: b\r\nhost: other\r\n\r\n");
}

TEST(HttpConnectCodec, LeavesWhatTheTargetSaysFirst) {
  for (const char* head :
       {"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n", "HTTP/1.0 200\r\n\r\n",
        "HTTP/1.1 204 \n\n", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    const auto got = converse(connect(), std::string(head) + "220 hello\r\n");
    EXPECT_EQ(got.last, done) << head;
    EXPECT_EQ(got.left, "220 hello\r\n") << head;
  }
}

TEST(HttpConnectCodec, SaysWhyTheProxyRefuses) {
  const auto refused = [](const char* status, http_proxy_options options = {}) {
    return converse(connect(std::move(options)), "HTTP/1.1 " + std::string(status) + " No\r\n")
        .last;
  };
  EXPECT_EQ(refused("407"), refusal(errc::proxy_needs_password));
  EXPECT_EQ(refused("407", {"a", "b", {}, {}}), refusal(errc::proxy_wrong_password));
  EXPECT_EQ(refused("403"), refusal(errc::proxy_forbidden));
  EXPECT_EQ(refused("405"), refusal(errc::proxy_forbidden));
  EXPECT_EQ(refused("504"), refusal(errc::proxy_timeout));
  EXPECT_EQ(refused("502"), refusal(errc::proxy_failed));
  EXPECT_EQ(refused("302"), refusal(errc::proxy_failed));
  EXPECT_EQ(refused("101"), refusal(errc::proxy_failed)) << "that would be another protocol";
}

TEST(HttpConnectCodec, NoticesThatThereIsNoSuchProxy) {
  for (const char* answer : {"\5", "SSH-2.0", "HTTP/2 200\r\n", "HTTP/1.1 2000 OK\r\n",
                             "HTTP/1.1 abc\r\n", "HTTP/1.1\r\n", "\r\n", "HTTP/1.x 200 OK\r\n"})
    EXPECT_EQ(converse(connect(), answer).last, refusal(errc::not_a_proxy)) << answer;
}

TEST(HttpConnectCodec, WaitsForTheEndOfTheHead) {
  for (const char* part : {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n",
                           "HTTP/1.1 200 OK\r\n\r"})
    EXPECT_EQ(converse(connect(), part).last, more) << part;
}

TEST(HttpConnectCodec, AHeadWithoutEndIsNoProxy) {
  const auto make = connect();
  const auto codec = make();
  (void)codec->hello();
  EXPECT_EQ(codec->next(text("HTTP/1.1 200 OK\r\n")).action, more);
  const bytes line(8000, 'a');
  proxy_action last = more;
  for (int i = 0; i < 9 && last == more; ++i) last = codec->next(line).action;
  EXPECT_EQ(last, refusal(errc::not_a_proxy));
}

TEST(HttpConnectCodec, KnowsWhatARequestLineCannotName) {
  address a = address::from_host("example.com", 1);
  EXPECT_TRUE(http_connect_codec::fits(a));
  for (const char* name : {"a b", "a/b", "a:1", "a@b", "", "a\r\nX: y"}) {
    a.domain = name;
    EXPECT_FALSE(http_connect_codec::fits(a)) << name;
  }
}

}  // namespace
}  // namespace anytls::outbound
