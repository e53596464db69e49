// SOCKS and CONNECT through real sockets.
#include "unit/inbound/proxy_rig.h"

namespace anytls::inbound {
namespace {

using namespace std::string_literals;

const std::string socks5 = "\x05\x01\x00"s;
const std::string to_example = "\x05\x01\x00\x03\x0b"s + "example.com" + "\x01\xbb"s;
const std::string granted = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;
std::string failed(char code) { return "\x05"s + code + "\x00\x01\x00\x00\x00\x00\x00\x00"s; }

proxy_options waiting() {
  proxy_options o;
  o.wait_for_target = true;
  return o;
}

TEST(proxy_socks, relays_both_ways) {
  proxy_rig rig;
  auto client = rig.connect(socks5);
  EXPECT_EQ(client.read_exactly(2), "\x05\x00"s);
  client.send(to_example);
  auto target = rig.target();
  EXPECT_EQ(client.read_exactly(10), granted);
  client.send("ping");
  EXPECT_EQ(target.read_exactly(4), "ping");
  target.send("pong");
  EXPECT_EQ(client.read_exactly(4), "pong");
  const auto request = rig.out.requests().at(0);
  EXPECT_EQ(request.target.to_string(), "example.com:443");
  EXPECT_EQ(request.inbound_tag, "in");
  EXPECT_TRUE(request.source.starts_with("127.0.0.1:"));
  target.close();
  EXPECT_EQ(client.read_all(), std::pair(""s, end::clean));
  client.close();
  EXPECT_TRUE(rig.idle());
  EXPECT_TRUE(rig.lines().empty());
}

TEST(proxy_socks, early_data_and_half_close) {
  proxy_rig rig;
  auto client = rig.connect(socks5 + to_example + "early");
  client.half_close();
  auto target = rig.target();
  EXPECT_EQ(target.read_all(), std::pair("early"s, end::clean));
  target.send("late answer");
  target.close();
  EXPECT_EQ(client.read_all(), std::pair("\x05\x00"s + granted + "late answer", end::clean));
}

TEST(proxy_socks, version_4a) {
  proxy_rig rig;
  auto client = rig.connect("\x04\x01\x00\x50\x00\x00\x00\x01me\x00"s + "example.org\0x"s);
  auto target = rig.target();
  EXPECT_EQ(client.read_exactly(8), "\x00\x5a\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(target.read_exactly(1), "x");
  EXPECT_EQ(rig.out.requests().at(0).target.to_string(), "example.org:80");
}

TEST(proxy_socks, failures_have_their_codes_and_a_line) {
  proxy_rig rig;
  rig.out.open_error = errc::name_not_found;
  EXPECT_EQ(rig.connect(socks5 + to_example).read_all(),
            std::pair("\x05\x00"s + failed(4), end::clean));
  ASSERT_EQ(rig.lines().size(), 1u);
  const auto line = rig.lines()[0];
  EXPECT_TRUE(line.starts_with("inbound in: 127.0.0.1:")) << line;
  EXPECT_TRUE(line.ends_with(" to example.com:443 via fake (test:1): " +
                             make_error_code(errc::name_not_found).message()))
      << line;
}

TEST(proxy_socks, udp_associate_is_07) {
  proxy_rig rig;
  auto request = to_example;
  request[1] = 3;
  EXPECT_EQ(rig.connect(socks5 + request).read_all(),
            std::pair("\x05\x00"s + failed(7), end::clean));
}

TEST(proxy_socks, target_reset_is_a_reset) {
  proxy_rig rig;
  auto client = rig.connect(socks5 + to_example);
  auto target = rig.target();
  client.read_exactly(12);
  target.reset();
  EXPECT_EQ(client.read_all().second, end::reset);
}

TEST(proxy_socks, wait_for_target_waits) {
  proxy_rig rig(waiting());
  rig.out.established_after = 200ms;
  auto client = rig.connect(socks5 + to_example + "early");
  auto target = rig.target();
  EXPECT_EQ(target.read_exactly(5), "early");
  EXPECT_EQ(client.read_exactly(2), "\x05\x00"s);
  EXPECT_TRUE(client.silent(100));
  EXPECT_EQ(client.read_exactly(10), granted);
}

TEST(proxy_socks, wait_for_target_tells_refusals) {
  proxy_rig rig(waiting());
  rig.out.established_error = errc::target_refused;
  EXPECT_EQ(rig.connect(socks5 + to_example).read_all(),
            std::pair("\x05\x00"s + failed(5), end::clean));
}

TEST(proxy_socks, moves_to_the_outbounds_thread) {
  proxy_rig rig;
  rig.out.context = &rig.two;
  auto client = rig.connect(socks5 + to_example + "early");
  auto target = rig.target();
  EXPECT_EQ(client.read_exactly(12), "\x05\x00"s + granted);
  EXPECT_EQ(target.read_exactly(5), "early");
  target.send("x");
  target.close();
  EXPECT_EQ(client.read_all(), std::pair("x"s, end::clean));
}

TEST(proxy_socks, users) {
  proxy_options options;
  options.users = {{"alice", "secret"}};
  proxy_rig rig(options);
  EXPECT_EQ(rig.connect(socks5).read_all(), std::pair("\x05\xff"s, end::clean));
  EXPECT_EQ(rig.connect("\x05\x01\x02\x01\x05"s + "alice\x06secreT").read_all(),
            std::pair("\x05\x02\x01\x01"s, end::clean));
  auto client = rig.connect("\x05\x01\x02\x01\x05"s + "alice\x06secret" + to_example);
  EXPECT_EQ(client.read_exactly(14), "\x05\x02\x01\x00"s + granted);
  EXPECT_EQ(rig.out.requests().at(0).user, "alice");
  for (const auto& line : rig.lines()) EXPECT_EQ(line.find("secre"), line.npos);
}

TEST(proxy_socks, handshake_has_a_deadline) {
  proxy_options options;
  options.handshake_timeout = 100ms;
  proxy_rig rig(options);
  EXPECT_NE(rig.connect("").read_all().second, end::timeout);
  EXPECT_NE(rig.connect("\x05").read_all().second, end::timeout);
  EXPECT_TRUE(rig.connect("GET http://a/").read_all().first.starts_with("HTTP/1.1 408 "));
}

TEST(proxy_types, speak_their_own_language_only) {
  proxy_options options;
  options.type = proxy_type::socks;
  {
    proxy_rig rig(options);
    EXPECT_EQ(rig.connect("CONNECT a:1 HTTP/1.1\r\n\r\n").read_all(), std::pair(""s, end::clean));
  }
  options.type = proxy_type::http;
  proxy_rig rig(options);
  EXPECT_TRUE(rig.connect(socks5).read_all().first.starts_with("HTTP/1.1 400 "));
}

TEST(proxy_shutdown, resets_what_is_open) {
  proxy_rig rig;
  auto shaking = rig.connect("\x05");
  auto tunnel = rig.connect(socks5 + to_example);
  auto target = rig.target();
  tunnel.read_exactly(12);
  rig.inbound.shut_down();
  EXPECT_EQ(tunnel.read_all().second, end::reset);
  EXPECT_EQ(target.read_all().second, end::reset);
  EXPECT_EQ(shaking.read_all().second, end::reset);
  EXPECT_EQ(rig.connect(socks5).read_all().first, "");
}

const std::string connect = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n";

TEST(proxy_connect, relays_both_ways) {
  proxy_rig rig;
  auto client = rig.connect(connect + "early");
  auto target = rig.target();
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 200 Connection established\r\n\r\n");
  EXPECT_EQ(target.read_exactly(5), "early");
  target.send("x");
  EXPECT_EQ(client.read_exactly(1), "x");
  EXPECT_EQ(rig.out.requests().at(0).target.to_string(), "example.com:443");
}

TEST(proxy_connect, tells_why_not) {
  proxy_rig rig;
  rig.out.open_error = errc::connect_timeout;
  const auto [text, how] = rig.connect(connect).read_all();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
  EXPECT_TRUE(text.ends_with(
      "\r\n\r\nexample.com:443: " + make_error_code(errc::connect_timeout).message() + "\n"));
  EXPECT_EQ(how, end::clean);
}

TEST(proxy_connect, wait_for_target_tells_refusals) {
  proxy_rig rig(waiting());
  rig.out.established_error = errc::target_refused;
  EXPECT_TRUE(rig.connect(connect).read_all().first.starts_with("HTTP/1.1 502 "));
}

TEST(proxy_connect, refusals_tell_what_the_server_said) {
  proxy_rig rig(waiting());
  rig.out.established_error = errc::connect_timeout;
  rig.out.detail = "dial tcp: i/o timeout";
  const auto text = rig.connect(connect).read_all().first;
  EXPECT_TRUE(text.starts_with("HTTP/1.1 504 "));
  const auto said = "connecting timed out: dial tcp: i/o timeout"s;
  EXPECT_TRUE(text.ends_with("example.com:443: " + said + "\n")) << text;
  EXPECT_TRUE(rig.lines().at(0).ends_with(": " + said)) << rig.lines()[0];
  rig.out.detail = "Connecting timed out";  // once is enough
  EXPECT_TRUE(rig.connect(connect).read_all().first.ends_with(": connecting timed out\n"));
}

TEST(proxy_connect, asks_again_after_407_on_the_same_connection) {
  proxy_options options;
  options.users = {{"alice", "secret"}};
  proxy_rig rig(options);
  auto client = rig.connect(connect);
  const auto refusal = client.read_until("\r\n\r\n");
  EXPECT_TRUE(refusal.starts_with("HTTP/1.1 407 "));
  EXPECT_NE(refusal.find("Proxy-Authenticate: Basic "), refusal.npos);
  client.read_until("\n");
  EXPECT_TRUE(rig.lines().empty());
  client.send(
      "CONNECT example.com:443 HTTP/1.1\r\nProxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 200 Connection established\r\n\r\n");
  EXPECT_EQ(rig.out.requests().at(0).user, "alice");
}

}  // namespace
}  // namespace anytls::inbound
