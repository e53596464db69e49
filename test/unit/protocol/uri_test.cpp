#include "protocol/uri.h"

#include <gtest/gtest.h>

namespace anytls::protocol {
namespace {

server_uri parse(std::string_view text) {
  const auto parsed = parse_uri(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *parsed : server_uri{};
}

TEST(uri, reads_every_part) {
  const auto u = parse(
      "anytls://p%40ss%20word@example.org:8443/"
      "?sni=front.example&insecure=1&hpkp=AB%3Acd&alpn=h2,http/1.1&x=1&y#Tokyo%201");
  EXPECT_EQ(u.auth, "p@ss word");
  EXPECT_EQ(u.host, "example.org");
  EXPECT_EQ(u.port, 8443);
  EXPECT_EQ(u.sni, "front.example");
  EXPECT_TRUE(u.insecure);
  EXPECT_EQ(u.hpkp, "AB:cd");
  EXPECT_EQ(u.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
  EXPECT_EQ(u.other, (std::vector<std::pair<std::string, std::string>>{{"x", "1"}, {"y", ""}}));
  EXPECT_EQ(u.name, "Tokyo 1");
}

// The examples of the URI document.
TEST(uri, documented_examples) {
  auto u = parse("anytls://letmein@example.com/?sni=real.example.com");
  EXPECT_EQ(u.auth, "letmein");
  EXPECT_EQ(u.port, 443);
  EXPECT_EQ(u.server_name(), "real.example.com");
  u = parse("anytls://letmein@example.com/?sni=127.0.0.1&insecure=1");
  EXPECT_EQ(u.sni, "127.0.0.1");
  EXPECT_EQ(u.server_name(), "");
  EXPECT_TRUE(u.insecure);
  u = parse(
      "anytls://0fdf77d7-d4ba-455e-9ed9-a98dd6d5489a@[2409:8a71:6a00:1953::615]:8964/?insecure=1");
  EXPECT_EQ(u.auth, "0fdf77d7-d4ba-455e-9ed9-a98dd6d5489a");
  EXPECT_EQ(u.host, "2409:8a71:6a00:1953::615");
  EXPECT_EQ(u.port, 8964);
  EXPECT_EQ(u.server_name(), "");
}

TEST(uri, the_least_is_a_host) {
  for (const char* text : {"anytls://h", "anytls://h/", "anytls://h:", "anytls://h:/", "ANYTLS://h",
                           " anytls://h\r\n", "anytls://@h", "anytls://h?", "anytls://h/?&&#"}) {
    server_uri least;
    least.host = "h";
    EXPECT_EQ(parse(text), least) << text;
  }
}

TEST(uri, ipv6_host_without_port) {
  const auto u = parse("anytls://pw@[::1]");
  EXPECT_EQ(u.host, "::1");
  EXPECT_EQ(u.port, 443);
  EXPECT_EQ(to_string(u), "anytls://pw@[::1]:443/");
}

TEST(uri, insecure_is_1_or_true) {
  EXPECT_TRUE(parse("anytls://h?insecure=True").insecure);
  for (const char* value : {"0", "", "false", "2", "yes"})
    EXPECT_FALSE(parse(std::string("anytls://h?insecure=") + value).insecure) << value;
}

TEST(uri, of_user_and_password_the_password_counts) {
  EXPECT_EQ(parse("anytls://user:secret@h").auth, "secret");
  EXPECT_EQ(parse("anytls://user:@h").auth, "user");
  EXPECT_EQ(parse("anytls://user@h").auth, "user");
  EXPECT_EQ(parse("anytls://:secret@h").auth, "secret");
  EXPECT_EQ(parse("anytls://u:a:b@h").auth, "a:b");
  EXPECT_EQ(parse("anytls://a%3Ab@h").auth, "a:b");
}

TEST(uri, a_raw_at_or_slash_in_the_password_does_not_move_the_host) {
  auto u = parse("anytls://p@ss@h");
  EXPECT_EQ(u.auth, "p@ss");
  EXPECT_EQ(u.host, "h");
  u = parse("anytls://ab/cd+=@h:1/");
  EXPECT_EQ(u.auth, "ab/cd+=");
  EXPECT_EQ(u.host, "h");
}

TEST(uri, a_percent_sign_that_starts_no_escape_stands_for_itself) {
  EXPECT_EQ(parse("anytls://100%@h").auth, "100%");
  EXPECT_EQ(parse("anytls://%zz%4@h").auth, "%zz%4");
  EXPECT_EQ(parse("anytls://a+b@h").auth, "a+b");
}

TEST(uri, the_name_may_be_raw_utf8_and_has_no_control_characters) {
  EXPECT_EQ(parse("anytls://h#\xe6\x9d\xb1\xe4\xba\xac 1").name, "\xe6\x9d\xb1\xe4\xba\xac 1");
  EXPECT_EQ(parse("anytls://h#a%0Ab%1b").name, "ab");
  EXPECT_EQ(parse("anytls://h#a?b=c/d#e").name, "a?b=c/d#e");
}

TEST(uri, of_a_known_parameter_given_twice_the_first_counts) {
  const auto u = parse("anytls://h?sni=a&sni=b&insecure=0&insecure=1&alpn=h2&alpn=x");
  EXPECT_EQ(u.sni, "a");
  EXPECT_FALSE(u.insecure);
  EXPECT_EQ(u.alpn, std::vector<std::string>{"h2"});
}

TEST(uri, refuses_what_is_no_server) {
  for (const std::string& text : {std::string(),
                                  std::string("anytls://"),
                                  std::string("anytls:/h"),
                                  std::string("http://h"),
                                  std::string("anytls://pw@"),
                                  std::string("anytls://pw@:443"),
                                  std::string("anytls://h:0"),
                                  std::string("anytls://h:65536"),
                                  std::string("anytls://h:x"),
                                  std::string("anytls://h:-1"),
                                  std::string("anytls://h:1 2"),
                                  std::string("anytls://2001:db8::1"),
                                  std::string("anytls://2001:db8::1:443"),
                                  std::string("anytls://[::1"),
                                  std::string("anytls://[::1]443"),
                                  std::string("anytls://[]"),
                                  std::string("anytls://[h]"),
                                  std::string("anytls://[192.0.2.1]"),
                                  std::string("anytls://[::1%25eth0]"),
                                  std::string("anytls://a b"),
                                  std::string("anytls://a\nb"),
                                  std::string("anytls://a\0b", 12),
                                  std::string("anytls://h?sni=a%0Ab"),
                                  "anytls://" + std::string(256, 'a'),
                                  "anytls://h#" + std::string(max_uri, 'a')}) {
    const auto parsed = parse_uri(text);
    ASSERT_FALSE(parsed.has_value()) << text.substr(0, 60);
    EXPECT_EQ(parsed.error(), errc::protocol_error);
  }
}

TEST(uri, prints_the_port_always_and_encodes_what_could_be_misread) {
  server_uri u;
  u.auth = "p@:/?#% \xff";
  u.host = "example.org";
  u.sni = "s";
  u.insecure = true;
  u.name = "a b#";
  u.alpn = {"h2", "http/1.1"};
  u.other = {{"k&", "v="}};
  EXPECT_EQ(to_string(u),
            "anytls://p%40%3A%2F%3F%23%25%20%FF@example.org:443/"
            "?sni=s&insecure=1&alpn=h2%2Chttp%2F1.1&k%26=v%3D#a%20b%23");
  EXPECT_EQ(parse(to_string(u)), u);
}

TEST(uri, reads_back_what_it_printed) {
  for (const char* text :
       {"anytls://h", "anytls://pw@[2001:db8::1]:1/?x=%00&=y&z#n",
        "anytls://a%3Ab@1.2.3.4/?sni=::1", "anytls://%00@h?alpn=,a,,b,&hpkp=1+2%2B3"}) {
    const auto u = parse(text);
    EXPECT_EQ(parse(to_string(u)), u) << text;
  }
}

TEST(uri, the_server_name_is_the_host_where_no_sni_is_given) {
  EXPECT_EQ(parse("anytls://example.org").server_name(), "example.org");
  EXPECT_EQ(parse("anytls://192.0.2.1").server_name(), "");
  EXPECT_EQ(parse("anytls://192.0.2.1?sni=example.org").server_name(), "example.org");
}

}  // namespace
}  // namespace anytls::protocol
