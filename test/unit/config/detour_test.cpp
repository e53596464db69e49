// Outbounds through others, and the proxies that may stand on the way, in both forms.
#include "unit/config/texts.h"

namespace anytls::config {
namespace {

/// A whole file around outbounds; the first one takes the traffic.
std::string json_file(std::string_view outbounds) {
  return R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1}], "outbounds": [)" +
         std::string(outbounds) + "]}";
}
std::string hop(std::string_view tag, std::string_view more = {}) {
  return R"({"type": "socks", "tag": ")" + std::string(tag) +
         R"(", "server": "h", "server_port": 1)" + std::string(more) + "}";
}
std::string via(std::string_view tag, std::string_view detour) {
  return hop(tag, R"(, "detour": ")" + std::string(detour) + "\"");
}
std::string proxies(std::string_view list, std::string_view rest = {}) {
  return "mixed-port: 1\nproxies:\n" + std::string(list) + std::string(rest) +
         "rules: ['MATCH,a']\n";
}

TEST(detour, is_the_tag_of_another_outbound_wherever_that_stands) {
  const auto c = must_load(json_file(via("a", "b") + "," + via("b", "c") + "," + hop("c")));
  ASSERT_EQ(c.outbounds.size(), 3u);
  EXPECT_EQ(c.outbounds[0].dial.detour, "b");
  EXPECT_EQ(c.outbounds[1].dial.detour, "c");
  EXPECT_EQ(c.outbounds[2].dial.detour, "");
  const auto m =
      must_load(proxies("- {name: a, type: socks5, server: h, port: 1, dialer-proxy: b}\n"
                        "- {name: b, type: http, server: h, port: 1}\n"));
  EXPECT_EQ(m.outbounds[0].dial.detour, "b");
}

TEST(detour, a_group_is_its_first_usable_member) {
  const auto text = json_file(via("a", "g") + "," + hop("b") +
                              R"(, {"type": "selector", "tag": "g", "outbounds": ["b", "a"]})");
  EXPECT_EQ(must_load(text).outbounds[0].dial.detour, "b");
  EXPECT_EQ(
      json_warnings(text),
      lines{R"(c.json: outbounds[0].detour: groups are not available yet; "b" stands for "g")"});
}

TEST(detour, that_leads_nowhere_or_back_is_an_error) {
  const std::pair<std::string, std::string> table[] = {
      {via("a", "elsewhere"), R"(c.json: outbounds[0].detour: there is no outbound "elsewhere")"},
      {via("a", "a"),
       R"(c.json: outbounds[0].detour: the way leads back to itself: "a" through "a")"},
      {hop("x") + "," + via("a", "b") + "," + via("b", "c") + "," + via("c", "b"),
       R"(c.json: outbounds[2].detour: the way leads back to itself: "b" through "c" through "b")"},
      {via("a", "g") + R"(, {"type": "selector", "tag": "g", "outbounds": ["a", "b"]},)" + hop("b"),
       R"(c.json: outbounds[0].detour: the way leads back to itself: "a" through "a")"},
      {via("a", "v") + R"(, {"type": "vmess", "tag": "v"})",
       R"(c.json: outbounds[0].detour: all traffic would go through "v", but vmess is not available yet)"},
      {via("a", "b") + R"(, {"type": "block", "tag": "b"})",
       R"(c.json: outbounds[0].detour: "b" refuses every connection)"},
      {hop("a", R"(, "detour": 5)"),
       "c.json: outbounds[0].detour: expected a string, found a number"},
  };
  for (const auto& [outbounds, message] : table)
    EXPECT_EQ(json_errors(json_file(outbounds)), lines{message}) << outbounds;
  EXPECT_EQ(
      yaml_errors(proxies("- {name: a, type: socks5, server: h, port: 1, dialer-proxy: b}\n"
                          "- {name: b, type: socks5, server: h, port: 1, dialer-proxy: a}\n")),
      lines{"c.yaml: proxies[0].dialer-proxy: the way leads back to itself: \"a\" through "
            "\"b\" through \"a\""});
  EXPECT_EQ(
      yaml_errors(proxies("- {name: a, type: socks5, server: h, port: 1, dialer-proxy: REJECT}\n")),
      lines{"c.yaml: proxies[0].dialer-proxy: \"REJECT\" refuses every connection"});
}

TEST(detour, a_long_way_is_judged_quickly) {
  std::string list;
  constexpr int length = 3000;
  for (int i = 0; i < length; ++i)
    list += (i ? "," : "") + via("t" + std::to_string(i), "t" + std::to_string((i + 1) % length));
  const auto errors = json_errors(json_file(list));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_LT(errors[0].size(), 300u);
}

TEST(detour, to_a_direct_outbound_without_options_does_nothing) {
  EXPECT_EQ(json_warnings(json_file(via("a", "d") + R"(, {"type": "direct", "tag": "d"})")),
            lines{R"(c.json: outbounds[0].detour: does nothing: "d" is a direct outbound without )"
                  "options; sing-box refuses to start with it"});
  EXPECT_EQ(json_warnings(json_file(
                via("a", "d") + R"(, {"type": "direct", "tag": "d", "connect_timeout": "1s"})")),
            lines{});
  const auto c =
      must_load(proxies("- {name: a, type: socks5, server: h, port: 1, dialer-proxy: DIRECT}\n"));
  EXPECT_EQ(c.outbounds[0].dial.detour, "");
}

TEST(detour, other_dial_fields_do_nothing_beside_it) {
  EXPECT_EQ(
      json_warnings(json_file(
          hop("a", R"(, "detour": "b", "domain_strategy": "ipv4_only", "connect_timeout": "1s")") +
          "," + hop("b"))),
      lines{R"(c.json: outbounds[0].domain_strategy: does nothing beside detour: the connections )"
            R"(are made by "b")"});
  EXPECT_EQ(
      yaml_warnings(proxies("- {name: a, type: socks5, server: h, port: 1, dialer-proxy: b, "
                            "ip-version: ipv4}\n- {name: b, type: http, server: h, port: 1}\n")),
      lines{"c.yaml: proxies[0].ip-version (line 3): does nothing beside dialer-proxy: the "
            "connections are made by \"b\""});
}

TEST(proxy_outbound, fields_of_both_forms) {
  const auto c = must_load(json_file(
      R"({"type": "socks", "server": "h", "server_port": 1080, "version": "4a", "username": "u", "network": "tcp"},
         {"type": "http", "server": "h", "server_port": 8080, "username": "u", "password": "p", "path": "/x",
          "headers": {"A": "b", "C": ["d", "e"]}, "tls": {"enabled": false}},
         {"type": "http", "server": "h", "server_port": 1, "tls": {"enabled": true, "server_name": "n"}})"));
  ASSERT_EQ(c.outbounds.size(), 3u);
  EXPECT_FALSE(c.outbounds[1].tls.enabled);
  EXPECT_TRUE(c.outbounds[2].tls.enabled);
  EXPECT_EQ(c.outbounds[2].tls.server_name, "n");
  EXPECT_EQ(c.outbounds[0].tag, "socks-0");
  EXPECT_EQ(c.outbounds[0].type, outbound_type::socks);
  EXPECT_EQ(c.outbounds[0].port, 1080);
  EXPECT_EQ(c.outbounds[0].proxy.version, socks_version::v4a);
  EXPECT_EQ(c.outbounds[0].proxy.username, "u");
  EXPECT_EQ(c.final_outbound, "socks-0");
  EXPECT_EQ(c.outbounds[1].type, outbound_type::http);
  EXPECT_EQ(c.outbounds[1].password, "p");
  EXPECT_EQ(c.outbounds[1].proxy.path, "/x");
  const std::vector<std::pair<std::string, std::string>> headers{
      {"A", "b"}, {"C", "d"}, {"C", "e"}};
  EXPECT_EQ(c.outbounds[1].proxy.headers, headers);

  const auto m = must_load(
      "mixed-port: 1\nproxies:\n- {name: s, type: socks5, server: h, port: 1, username: u, "
      "password: 5, "
      "udp: true, skip-cert-verify: true}\n- {name: p, type: http, server: h, port: 2, headers: "
      "{A: b}, "
      "tls: true, sni: n}\n");
  ASSERT_EQ(m.outbounds.size(), 2u);
  EXPECT_FALSE(m.outbounds[0].tls.enabled);
  EXPECT_TRUE(m.outbounds[1].tls.enabled);
  EXPECT_EQ(m.outbounds[1].tls.server_name, "n");
  EXPECT_EQ(m.outbounds[0].type, outbound_type::socks);
  EXPECT_EQ(m.outbounds[0].proxy.version, socks_version::v5);
  EXPECT_EQ(m.outbounds[0].password, "5");
  EXPECT_EQ(m.outbounds[1].type, outbound_type::http);
  EXPECT_EQ(m.outbounds[1].proxy.headers.at(0).second, "b");
  EXPECT_EQ(m.final_outbound, "s") << "without MATCH the first proxy is the safe reading";
}

TEST(proxy_outbound, mistakes) {
  const std::string long_name(256, 'x');
  const std::pair<std::string, std::string> table[] = {
      {R"({"type": "socks", "server_port": 1})",
       "c.json: outbounds[0]: server is missing: the name or IP address of the SOCKS proxy"},
      {R"({"type": "http", "server": "h"})",
       "c.json: outbounds[0]: server_port is missing: the port of the HTTP proxy"},
      {hop("a", R"(, "version": "newest")"),
       R"(c.json: outbounds[0].version: "newest" is unknown; one of 4, 4a, 5)"},
      {hop("a", R"(, "usernam": "u")"),
       "c.json: outbounds[0].usernam: unknown field, did you mean username?"},
      {hop("a", ", \"username\": \"" + long_name + "\""),
       "c.json: outbounds[0]: SOCKS takes usernames and passwords of at most 255 bytes"},
      {R"({"type": "http", "server": "h", "server_port": 1, "tls": {"enabled": true, "sni": "x"}})",
       "c.json: outbounds[0].tls.sni: unknown field"},
      {R"({"type": "http", "server": "h", "server_port": 1,
           "tls": {"enabled": true, "min_version": "1.3", "max_version": "1.2"}})",
       "c.json: outbounds[0].tls: min_version is above max_version"},
      {R"({"type": "http", "server": "h", "server_port": 1, "path": "x"})",
       "c.json: outbounds[0].path: a path begins with / and has no blanks"},
      {R"({"type": "http", "server": "h", "server_port": 1, "headers": {"A b": "c"}})",
       "c.json: outbounds[0].headers.A b: this is not the name of an HTTP header"},
      {R"({"type": "http", "server": "h", "server_port": 1, "headers": {"A": "s3cr3t\r\nB: c"}})",
       "c.json: outbounds[0].headers.A: a header cannot contain line breaks or other control "
       "characters"},
      {R"({"type": "http", "server": "h", "server_port": 1, "username": "a:b"})",
       "c.json: outbounds[0].username: HTTP cannot send a username with a colon in it"},
      {R"({"type": "socks", "server": "h", "server_port": 1, "version": "4", "username": "a\u0000b"})",
       "c.json: outbounds[0].username: SOCKS 4 cannot send control characters"},
  };
  for (const auto& [outbound, message] : table)
    EXPECT_EQ(json_errors(json_file(outbound)), lines{message}) << outbound;
}

TEST(proxy_outbound, what_does_nothing_is_said) {
  EXPECT_EQ(json_warnings(json_file(hop("a", R"(, "password": "p")"))),
            lines{"c.json: outbounds[0]: password does nothing without username"});
  EXPECT_EQ(
      json_warnings(json_file(hop("a", R"(, "version": "4", "username": "u", "password": "p")"))),
      lines{R"(c.json: outbounds[0].password: SOCKS 4 knows no passwords; write "version": "5")"});
  EXPECT_EQ(json_warnings(json_file(hop("a", R"(, "udp_over_tcp": true)"))),
            lines{"c.json: outbounds[0].udp_over_tcp: not available yet, running without it"});
}

}  // namespace
}  // namespace anytls::config
