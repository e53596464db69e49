#include "texts.h"

namespace anytls::config {
namespace {

pool::pool_options pool_of(std::string_view more, std::string_view global = {}) {
  const auto top = global.empty()
                       ? std::string()
                       : "experimental:\n  anytls-session-management:\n" + std::string(global);
  return must_load(yaml_proxy(more, top)).outbounds.at(0).pool;
}

TEST(mihomo_yaml, precedence_field_by_field) {
  const auto o = pool_of(
      "  idle-session-check-interval: 45\n  idle-session-timeout: 600\n  min-idle-session: 7\n"
      "  session-override: {idle-session-timeout: 120, ensure-idle-session: 0, "
      "max-connection-lifetime: 1h30m}\n",
      "    idle-session-check-interval: 10s\n    idle-session-timeout: 10m\n    min-idle-session: "
      "5\n"
      "    ensure-idle-session: 10\n    max-connection-lifetime: 2h\n    "
      "connection-lifetime-jitter: 30m\n");
  EXPECT_EQ(o.idle_session_check_interval, 45s);  // legacy over global
  EXPECT_EQ(o.idle_session_timeout, 120s);        // override over both
  EXPECT_EQ(o.min_idle_session, 7u);
  EXPECT_EQ(o.ensure_idle_session, 0u);  // 0 in the override is set
  EXPECT_EQ(o.max_connection_lifetime, 90min);
  EXPECT_EQ(o.connection_lifetime_jitter, 30min);  // from global alone
}

TEST(mihomo_yaml, zero_means_something_else_in_each_place) {
  const std::string_view global =
      "    idle-session-timeout: 10m\n    min-idle-session: 5\n    heartbeat: 10s\n";
  EXPECT_EQ(
      pool_of("  idle-session-timeout: 0\n  min-idle-session: 0\n", global).idle_session_timeout,
      10min);
  EXPECT_EQ(pool_of("  idle-session-timeout: 0\n  min-idle-session: 0\n", global).min_idle_session,
            5u);
  const auto o = pool_of(
      "  session-override: {idle-session-timeout: 0, min-idle-session: 0, heartbeat: 0}\n", global);
  EXPECT_EQ(o.idle_session_timeout, 30s);
  EXPECT_EQ(o.min_idle_session, 0u);
  EXPECT_EQ(o.heartbeat, 0s);
  EXPECT_EQ(pool_of("", "    idle-session-timeout: 0\n").idle_session_timeout, 30s);
}

TEST(mihomo_yaml, our_own_options_with_hyphens) {
  const auto o =
      pool_of("  session-override: {make-before-break: false, stream-timeout: 3, hedge: 'off'}\n",
              "    probe-on-wake: false\n    client: me\n");
  EXPECT_FALSE(o.make_before_break || o.hedge || o.probe_on_wake);
  EXPECT_TRUE(o.refill_immediately);
  EXPECT_EQ(o.stream_timeout, 3s);
  EXPECT_EQ(o.client, "me");
}

TEST(mihomo_yaml, mistakes) {
  const std::pair<std::string, std::string> table[] = {
      {yaml_proxy("  session-override:\n    ensure-idle-session: five\n"),
       "c.yaml: proxies[0].session-override.ensure-idle-session (line 9): expected a whole number"},
      {yaml_proxy("  session-override: {heartbeat: -5}\n"),
       "c.yaml: proxies[0].session-override.heartbeat (line 8): \"-5\" is negative"},
      {yaml_proxy("  session-override: {heartbeat: 5 min}\n"),
       "c.yaml: proxies[0].session-override.heartbeat (line 8): \"5 min\" is not a duration; write "
       "5m"},
      {yaml_proxy("", "experimental: {anytls-session-management: {idle-session-timeout: 600}}\n"),
       "c.yaml: experimental.anytls-session-management.idle-session-timeout (line 2): \"600\" has "
       "no unit; write 600s"},
      {yaml_proxy("  port: 444\n"), "c.yaml: proxies[0].port (line 8): this key is there twice"},
      {yaml_proxy("  dialer-proxy: other\n"),
       "c.yaml: proxies[0].dialer-proxy: there is no outbound \"other\""},
      {yaml_proxy("  fingerprint: chrome\n"),
       "c.yaml: proxies[0].fingerprint (line 8): \"chrome\" is not the SHA-256 of a certificate "
       "(64 hex digits); the "
       "browser to imitate is client-fingerprint"},
      {"proxies:\n- {name: a, type: anytls, server: h, port: 443}\n",
       "c.yaml: proxies[0] (line 2): password is missing: the password of the AnyTLS server"},
      {"proxies:\n- {name: a, type: anytls, server: h, port: 0, password: p}\n",
       "c.yaml: proxies[0].port (line 2): 0 is not a port; ports are 1 to 65535"},
      {"proxies:\n- {name: a, type: anytl, server: h, port: 1, password: p}\n",
       "c.yaml: proxies[0].type (line 2): \"anytl\" is unknown, did you mean anytls?"},
      {"proxies:\n- {name: DIRECT, type: direct}\n",
       "c.yaml: proxies[0].name (line 2): \"DIRECT\" is the name of another proxy"},
      {yaml_proxy("", "log-level: warn\n"),
       "c.yaml: log-level (line 2): \"warn\" is unknown, did you mean warning?"},
      {yaml_proxy("",
                  "allow-lan: true\nlan-allowed-ips: [192.168.0.0/16]\nauthentication: ['u:p']\n"),
       "c.yaml: lan-allowed-ips (line 3): not available yet, and without it every address could "
       "connect"},
      {yaml_proxy("", "authentication: [s3cr3t]\n"),
       "c.yaml: authentication (line 2): entry 0 is not user:password"},
      {"mixed-port: 1\nrules: ['MATCH,PROXI']\nproxy-groups: [{name: PROXY, type: select, proxies: "
       "[DIRECT]}]\n",
       "c.yaml: rules[0] (line 2): there is no outbound \"PROXI\", did you mean \"PROXY\"?"},
      {"a: 1\n---\nb: 2\n",
       "c.yaml: line 3: a second document (---) in one file; only one is read"},
      {"a: [1\n", "c.yaml: line 2, column 1: this is not YAML: end of sequence flow not found"},
      {"a: &x {b: *x}\n", "c.yaml: line 1: an alias stands inside its own anchor"},
      {"a: {<<: 5}\n", "c.yaml: line 1: << takes a map or a list of maps"},
      {"{[a]: 5}\n", "c.yaml: line 1, column 2: this is not JSON"},
      {"a:\n  ? [b]\n  : 5\n",
       "c.yaml: line 2: a key is a list or a map; keys are plain words here"},
  };
  for (const auto& [text, message] : table) {
    const auto errors = yaml_errors(text);
    ASSERT_FALSE(errors.empty()) << text;
    EXPECT_EQ(errors[0], message) << text;
  }
}

TEST(mihomo_yaml, warnings) {
  EXPECT_EQ(yaml_warnings(yaml_proxy("  min-idle-sesion: 5\n")),
            lines{"c.yaml: proxies[0].min-idle-sesion (line 8): unknown field, did you mean "
                  "min-idle-session? It is ignored"});
  EXPECT_EQ(
      yaml_warnings(yaml_proxy("", "banana: 1\nx-notes: 1\nipv6: false\ntun: {enable: false}\n")),
      lines{"c.yaml: banana (line 2): unknown field, it is ignored"});
  EXPECT_EQ(yaml_warnings(yaml_proxy("", "allow-lan: true\n")),
            lines{"c.yaml: mixed-port: listens on :: without a password: whoever reaches this "
                  "machine can use it; "
                  "write authentication, or allow-lan: false"});
  EXPECT_EQ(yaml_warnings(yaml_proxy("", "skip-auth-prefixes: [127.0.0.1/8]\nmode: global\n")),
            (lines{"c.yaml: mode (line 3): global is not available yet, the MATCH rule decides",
                   "c.yaml: skip-auth-prefixes (line 2): not available yet, a password is asked of "
                   "everybody"}));
  EXPECT_EQ(yaml_warnings(yaml_proxy("")), lines{});
}

TEST(mihomo_yaml, scalars_are_read_weakly) {
  const auto c = must_load(
      "mixed-port: \"1080\"\nallow-lan: \"false\"\nproxies:\n"
      "- {name: 5, type: anytls, server: h, port: \"443\", password: 012345, udp: \"true\", "
      "skip-cert-verify: 'yes', alpn: h2, tls-resumption: 'off',"
      " session-override: {ensure-idle-session: \"5\", idle-session-timeout: \"600\"}}\nrules: "
      "[\"MATCH, 5\"]\n");
  EXPECT_EQ(c.inbounds.at(0).port, 1080);
  const auto& o = c.outbounds.at(0);
  EXPECT_EQ(o.tag, "5");
  EXPECT_EQ(o.port, 443);
  EXPECT_EQ(o.password, "012345");  // not a number: kept as it was written
  EXPECT_TRUE(o.tls.insecure);
  EXPECT_FALSE(o.tls.resumption);
  EXPECT_EQ(o.tls.alpn, lines{"h2"});
  EXPECT_EQ(o.pool.ensure_idle_session, 5u);
  EXPECT_EQ(o.pool.idle_session_timeout, 600s);
  EXPECT_EQ(c.final_outbound, "5");
}

TEST(mihomo_yaml, inbounds_from_ports) {
  auto c = must_load("port: 8080\nsocks-port: 1081\nmixed-port: 1082\nauthentication: ['u:p:q']\n");
  ASSERT_EQ(c.inbounds.size(), 3u);
  EXPECT_EQ(c.inbounds[0].type, inbound_type::http);
  EXPECT_EQ(c.inbounds[1].type, inbound_type::socks);
  EXPECT_EQ(c.inbounds[2].type, inbound_type::mixed);
  EXPECT_EQ(c.inbounds[2].listen, "127.0.0.1");
  EXPECT_EQ(c.inbounds[2].users.at(0).name, "u");
  EXPECT_EQ(c.inbounds[2].users.at(0).password, "p:q");
  EXPECT_EQ(c.final_outbound, "DIRECT");
  EXPECT_EQ(must_load("port: 1\nallow-lan: true\n").inbounds.at(0).listen, "::");
  EXPECT_EQ(
      must_load("port: 1\nallow-lan: true\nbind-address: '[fd00::1]'\n").inbounds.at(0).listen,
      "fd00::1");
  EXPECT_EQ(must_load("port: 1\nbind-address: 10.0.0.1\n").inbounds.at(0).listen, "127.0.0.1");
  EXPECT_TRUE(must_load("port: 0\n").inbounds.empty());
}

TEST(mihomo_yaml, listeners) {
  const auto c = must_load(
      "authentication: ['g:g']\nlisteners:\n"
      "- {name: a, type: anytls, port: 8443, listen: '*', users: {alice: 1, bob: two}, "
      "certificate: c.pem, private-key: k.pem,\n"
      "   padding-scheme: \"stop=1\\n0=30-30\"}\n"
      "- {name: m, type: mixed, port: 1080, listen: 127.0.0.1}\n"
      "- {name: s, type: socks, port: 1081, listen: 127.0.0.1, users: []}\n"
      "- {type: http, port: 1082, users: [{username: u, password: p}]}\n"
      "- {name: x, type: tuic, port: 1083}\n");
  ASSERT_EQ(c.inbounds.size(), 4u);
  EXPECT_EQ(c.inbounds[0].listen, "::");
  EXPECT_EQ(c.inbounds[0].users.at(0).password, "1");
  EXPECT_EQ(c.inbounds[0].tls->certificate_path, "c.pem");
  EXPECT_EQ(c.inbounds[0].padding_scheme, "stop=1\n0=30-30");
  EXPECT_EQ(c.inbounds[1].users.at(0).name, "g");
  EXPECT_TRUE(c.inbounds[2].users.empty());
  EXPECT_EQ(c.inbounds[3].tag, "http-3");
  EXPECT_EQ(c.inbounds[3].listen, "0.0.0.0");
  EXPECT_EQ(yaml_errors("listeners: [{name: m, type: mixed, port: 1, proxy: DIRECT}]\n"),
            lines{"c.yaml: listeners[0].proxy (line 1): not available yet, and without it its "
                  "traffic would go to "
                  "another outbound"});
}

TEST(mihomo_yaml, merge_keys) {
  const auto c = must_load(
      "x-a: &a {type: anytls, port: 1, password: pa, sni: from-a}\n"
      "x-b: &b {port: 2, password: pb, alpn: [h2]}\n"
      "x-c: &c {<<: *a, server: from-c}\n"
      "proxies:\n"
      "- {<<: [*a, *b], name: list, server: s}\n"    // the earlier wins
      "- {name: own, port: 9, <<: *a, server: s}\n"  // own keys win, wherever << stands
      "- {<<: *c, name: nested}\n"
      "- {<<: {type: anytls, port: 3, password: p, server: s}, name: inline}\n");
  ASSERT_EQ(c.outbounds.size(), 4u);
  EXPECT_EQ(c.outbounds[0].port, 1);
  EXPECT_EQ(c.outbounds[0].password, "pa");
  EXPECT_EQ(c.outbounds[0].tls.alpn, lines{"h2"});
  EXPECT_EQ(c.outbounds[1].port, 9);
  EXPECT_EQ(c.outbounds[2].server, "from-c");
  EXPECT_EQ(c.outbounds[2].tls.server_name, "from-a");
  EXPECT_EQ(c.outbounds[3].port, 3);
}

TEST(mihomo_yaml, pins_and_families) {
  const std::string pin = "AB:" + std::string(62, 'c');
  const auto c =
      must_load(yaml_proxy("  fingerprint: \"" + pin + "\"\n  ip-version: ipv6-prefer\n"));
  EXPECT_EQ(c.outbounds[0].tls.certificate_sha256, "ab" + std::string(62, 'c'));
  EXPECT_EQ(c.outbounds[0].dial.strategy, domain_strategy::prefer_ipv6);
  EXPECT_EQ(must_load(yaml_proxy("  ip-version: ipv4\n")).outbounds[0].dial.strategy,
            domain_strategy::ipv4_only);
}

std::string with_groups(std::string_view groups, std::string_view target = "G") {
  return "mixed-port: 1\nproxies:\n- {name: v, type: vmess}\n"
         "- {name: a, type: anytls, server: h, port: 1, password: p}\n"
         "proxy-groups:\n" +
         std::string(groups) + "rules: [\"MATCH," + std::string(target) + "\"]\n";
}

TEST(mihomo_yaml, a_group_stands_for_its_first_usable_member) {
  EXPECT_EQ(must_load(with_groups("- {name: G, type: select, proxies: [v, a]}\n")).final_outbound,
            "a");
  EXPECT_EQ(must_load(with_groups("- {name: G, type: select, proxies: [H, DIRECT]}\n"
                                  "- {name: H, type: url-test, proxies: [v, a]}\n"))
                .final_outbound,
            "a");
  EXPECT_EQ(
      must_load(with_groups("- {name: G, type: select, proxies: [DIRECT, a]}\n")).final_outbound,
      "DIRECT");
  EXPECT_EQ(must_load(with_groups("- {name: G, type: select, include-all: true}\n")).final_outbound,
            "a");
  const auto c = must_load(with_groups("- {name: G, type: select, proxies: [REJECT]}\n"));
  EXPECT_EQ(c.final()->type, outbound_type::block);
  // what was meant for a proxy is never sent in the clear
  EXPECT_EQ(yaml_errors(with_groups("- {name: G, type: select, proxies: [v, DIRECT]}\n")),
            lines{"c.yaml: rules[0] (line 7): group \"G\" has no usable member: all traffic would "
                  "go through \"v\", "
                  "but vmess is not available yet"});
  EXPECT_EQ(yaml_errors(with_groups("- {name: G, type: select, proxies: [G]}\n")),
            lines{"c.yaml: rules[0] (line 7): group \"G\" has no usable member: group \"G\" "
                  "contains itself"});
  EXPECT_EQ(yaml_errors(with_groups("- {name: G, type: select, use: [p]}\n")),
            lines{"c.yaml: rules[0] (line 7): group \"G\" has no members that are in this file"});
  EXPECT_EQ(yaml_errors(with_groups("- {name: G, type: relay, proxies: [a, a]}\n")).size(), 1u);
}

TEST(mihomo_yaml, without_a_match_rule_the_first_proxy_takes_all) {
  const std::string proxy =
      "mixed-port: 1\nproxies: [{name: a, type: anytls, server: h, port: 1, password: p}]\n";
  EXPECT_EQ(
      yaml_warnings(proxy),
      lines{"c.yaml: rules: there is no MATCH rule: all traffic goes to \"a\", the first proxy"});
  EXPECT_EQ(must_load(proxy + "mode: direct\n").final_outbound, "DIRECT");
  EXPECT_EQ(yaml_errors("proxies: [{name: v, type: ss}]\n"),
            lines{"c.yaml: rules: there is no MATCH rule and no usable proxy: all traffic would go "
                  "through \"v\", but ss "
                  "is not available yet"});
}

TEST(mihomo_yaml, an_alias_bomb_is_stopped) {
  std::string bomb = "x-0: &x0 [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("x-{}: &x{} [", i, i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*x{}", j ? ", " : "", i - 1);
    bomb += "]\n";
  }
  EXPECT_EQ(yaml_errors(bomb),
            lines{"c.yaml: line 6: aliases repeat too much: this looks like an alias bomb"});
  std::string merges = "x-0: &x0 {a: 1, b: 2}\n";
  for (int i = 1; i < 64; ++i)
    merges += fmt::format("x-{}: &x{} {{k: *x{}, l: *x{}, <<: *x{}}}\n", i, i, i - 1, i - 1, i - 1);
  EXPECT_EQ(yaml_errors(merges).size(), 1u);
}

TEST(mihomo_yaml, deep_nesting_is_an_error) {
  EXPECT_EQ(yaml_errors("a: " + std::string(100'000, '[')).size(), 1u);
  EXPECT_EQ(yaml_errors("a: " + std::string(100, '[') + std::string(100, ']')),
            lines{"c.yaml: line 1: nested too deeply"});
  EXPECT_EQ(yaml_errors("a:\n" +
                        [] {
                          std::string s;
                          for (int i = 1; i < 500; ++i)
                            s += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
                          return s;
                        }())
                .size(),
            1u);
  std::string dashes;
  for (int i = 0; i < 50'000; ++i) dashes += "- ";
  EXPECT_EQ(yaml_errors("a:\n" + dashes).size(), 1u);
}

TEST(mihomo_yaml, names_may_be_anything) {
  const auto c = must_load(
      "mixed-port: 1\nproxies: [{name: \"🇭🇰 香港, 01\", type: anytls, server: h, port: 1, "
      "password: p}]\n"
      "proxy-groups: [{name: 节点, type: select, proxies: [\"🇭🇰 香港, 01\"]}]\nrules: "
      "['MATCH,节点']\n");
  EXPECT_EQ(c.final_outbound, "🇭🇰 香港, 01");
}

}  // namespace
}  // namespace anytls::config
