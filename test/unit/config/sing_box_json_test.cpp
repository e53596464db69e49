#include "texts.h"

namespace anytls::config {
namespace {

// Word for word: these sentences are what users search for.
TEST(sing_box_json, mistakes_in_an_outbound) {
  const std::pair<const char*, const char*> table[] = {
      {R"("idle_session_timeout": "5 min")",
       R"(c.json: outbounds[0].idle_session_timeout: "5 min" is not a duration; write 5m)"},
      {R"("idle_session_timeout": "soon")",
       R"(c.json: outbounds[0].idle_session_timeout: "soon" is not a duration; write for example 30s, 5m or 1h30m)"},
      {R"("idle_session_timeout": 30)",
       R"(c.json: outbounds[0].idle_session_timeout: 30 has no unit; write "30s")"},
      {R"("idle_session_timeout": "30")",
       R"(c.json: outbounds[0].idle_session_timeout: "30" has no unit; write 30s)"},
      {R"("heartbeat": "-11s")", R"(c.json: outbounds[0].heartbeat: "-11s" is negative)"},
      {R"("heartbeat": -11)", R"(c.json: outbounds[0].heartbeat: "-11" is negative)"},
      {R"("max_connection_lifetime": "1000000d")",
       R"(c.json: outbounds[0].max_connection_lifetime: "1000000d" is too long)"},
      {R"("heartbeat": true)",
       R"(c.json: outbounds[0].heartbeat: expected a duration such as 30s or 5m, found true or false)"},
      {R"("ensure_idle_session": "5")",
       R"(c.json: outbounds[0].ensure_idle_session: expected a whole number, found a string)"},
      {R"("ensure_idle_session": -5)",
       R"(c.json: outbounds[0].ensure_idle_session: must not be negative)"},
      {R"("ensure_idle_session": 5.5)",
       R"(c.json: outbounds[0].ensure_idle_session: expected a whole number)"},
      {R"("ensure_idle_session": 4294967296)",
       R"(c.json: outbounds[0].ensure_idle_session: too large; at most 4294967295)"},
      {R"("ensure_idle_session": 99999999999999999999)",
       R"(c.json: outbounds[0].ensure_idle_session: expected a whole number)"},
      {R"("make_before_break": "yes")",
       R"(c.json: outbounds[0].make_before_break: expected true or false, found a string)"},
      {R"("idle_sesion_timeout": "5m")",
       R"(c.json: outbounds[0].idle_sesion_timeout: unknown field, did you mean idle_session_timeout?)"},
      {R"("idle-session-timeout": "5m")",
       R"(c.json: outbounds[0].idle-session-timeout: unknown field, did you mean idle_session_timeout?)"},
      {R"("banana": 1)", R"(c.json: outbounds[0].banana: unknown field)"},
      {R"("heartbeat": "1s", "heartbeat": "2s")",
       R"(c.json: outbounds[0].heartbeat: this key is there twice)"},
      {R"("detour": "other")", R"(c.json: outbounds[0].detour: there is no outbound "other")"},
      {R"("domain_strategy": "4")",
       R"(c.json: outbounds[0].domain_strategy: "4" is unknown; one of prefer_ipv4, prefer_ipv6, ipv4_only, ipv6_only)"},
      {R"("domain_strategy": "prefer-ipv4")",
       R"(c.json: outbounds[0].domain_strategy: "prefer-ipv4" is unknown, did you mean prefer_ipv4?)"},
  };
  for (const auto& [members, text] : table)
    EXPECT_EQ(json_errors(json_outbound(members)), lines{text});
}

TEST(sing_box_json, mistakes_elsewhere) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 70000, "password": "p", "tls": {"enabled": true}}]})",
       "c.json: outbounds[0].server_port: 70000 is not a port; ports are 1 to 65535"},
      {R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "", "tls": {"enabled": true}}]})",
       "c.json: outbounds[0].password: must not be empty: the password of the AnyTLS server"},
      {R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p"}]})",
       R"(c.json: outbounds[0]: tls is missing: AnyTLS is not used without TLS; write "tls": {"enabled": true})"},
      {R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p", "tls": {}}]})",
       R"(c.json: outbounds[0].tls.enabled: AnyTLS is not used without TLS; write "enabled": true)"},
      {R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p", "tls": {"enabled": false}}]})",
       R"(c.json: outbounds[0].tls.enabled: AnyTLS is not used without TLS; write "enabled": true)"},
      {R"({"outbounds": [{"type": "anytls", "server": "h:443", "server_port": 443, "password": "p", "tls": {"enabled": true}}]})",
       R"(c.json: outbounds[0].server: "h:443" is not a host name or an IP address (the port has its own field))"},
      {R"({"outbounds": [{"type": "anytlss"}]})",
       R"(c.json: outbounds[0].type: "anytlss" is unknown, did you mean anytls?)"},
      {R"({"outbounds": [{"tag": "x"}]})",
       "c.json: outbounds[0]: type is missing; one of anytls, direct, block, socks, http"},
      {R"({"outbounds": [{"type": "direct", "tag": "a"}, {"type": "block", "tag": "a"}]})",
       R"(c.json: outbounds[1].tag: "a" is the tag of another outbound)"},
      {R"({"outbounds": [{"type": "direct", "tag": "direct"}], "route": {"final": "drect"}})",
       R"(c.json: route.final: there is no outbound "drect", did you mean "direct"?)"},
      {R"({"outbounds": [{"type": "vmess", "tag": "v"}, {"type": "direct"}]})",
       R"(c.json: outbounds: all traffic would go through "v", but vmess is not available yet)"},
      {R"({"log": {"level": "warning"}})",
       R"(c.json: log.level: "warning" is unknown, did you mean warn?)"},
      {R"({"inbound": []})", "c.json: inbound: unknown field, did you mean inbounds?"},
      {R"({"inbounds": {}})", "c.json: inbounds: expected a list, found an object"},
      {R"([])", "c.json: line 1: this is neither a sing-box JSON object nor a mihomo YAML map"},
      {"{\n  \"log\": {,}\n}", "c.json: line 2, column 11: this is not JSON"},
      {"{\n  \"log\": {",
       "c.json: line 2, column 11: the file ends too early: a bracket, brace or quote is not "
       "closed"},
      {"{} {}", "c.json: line 1, column 4: something follows the closing brace of the file"},
      {R"({"dns": {"a": 1, "a": 2}})", "c.json: dns.a: this key is there twice"},
  };
  for (const auto& [text, message] : table) EXPECT_EQ(json_errors(text), lines{message}) << text;
}

TEST(sing_box_json, mistakes_in_inbounds) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"type": "mixed"})", "c.json: inbounds[0]: listen_port is missing"},
      {R"({"type": "mixed", "listen": "0.0.0", "listen_port": 1})",
       R"(c.json: inbounds[0].listen: "0.0.0" is not an IP address; write 127.0.0.1 for this machine only, or :: for every address)"},
      {R"({"type": "mixed", "listen_port": 0})",
       "c.json: inbounds[0].listen_port: 0 is not a port; ports are 1 to 65535"},
      {R"({"type": "sock", "listen_port": 1})",
       R"(c.json: inbounds[0].type: "sock" is unknown, did you mean socks?)"},
      {R"({"type": "mixed", "listen_port": 1}, {"type": "http", "tag": "mixed-0", "listen_port": 2})",
       R"(c.json: inbounds[1]: "mixed-0" is the tag of inbounds[0])"},
      {R"({"type": "mixed", "listen_port": 1}, {"type": "http", "listen_port": 1})",
       "c.json: inbounds[1]: inbounds[0] listens on port 1 of 127.0.0.1 already"},
      {R"({"type": "http", "listen_port": 1, "tls": {"enabled": true}})",
       "c.json: inbounds[0].tls: not available yet, and without it passwords would be sent in the "
       "clear"},
      {R"({"type": "mixed", "listen_port": 1, "users": [{"username": "u"}]})",
       "c.json: inbounds[0].users[0]: password is missing"},
      {R"({"type": "mixed", "listen_port": 1, "users": [{"name": "u", "password": "s3cr3t"}]})",
       "c.json: inbounds[0].users[0].name: unknown field, did you mean username?"},
      {R"({"type": "anytls", "listen_port": 1, "users": [{"password": "p"}]})",
       "c.json: inbounds[0]: tls is missing: AnyTLS is not used without TLS"},
      {R"({"type": "anytls", "listen_port": 1, "tls": {"enabled": true, "certificate_path": "c", "key_path": "k"}})",
       "c.json: inbounds[0]: users is missing: nobody could connect"},
      {R"({"type": "anytls", "listen_port": 1, "users": [{"password": "p"}], "tls": {"enabled": true, "key_path": "k"}})",
       "c.json: inbounds[0].tls: certificate_path is missing; `anytls generate certificate` makes "
       "one"},
      {R"({"type": "anytls", "listen_port": 1, "users": [{"password": "p"}],
          "tls": {"enabled": true, "certificate_path": "c", "key_path": "k", "min_version": "1.3", "max_version": "1.2"}})",
       "c.json: inbounds[0].tls: min_version is above max_version"},
  };
  for (const auto& [inbound, message] : table) {
    const auto errors = json_errors(json_inbound(inbound));
    ASSERT_FALSE(errors.empty()) << inbound;
    EXPECT_EQ(errors[0], message);
  }
}

TEST(sing_box_json, tls_that_would_be_insecure_without_is_refused) {
  for (const char* tls : {R"("reality": {"enabled": true, "public_key": "k"})"})
    EXPECT_EQ(
        json_errors(
            R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p",
      "tls": {"enabled": true, )" +
            std::string(tls) + "}}]}")
            .size(),
        1u)
        << tls;
  // switched off they say nothing
  EXPECT_EQ(
      json_errors(
          R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p",
    "tls": {"enabled": true, "reality": {"enabled": false, "public_key": "k"}, "ech": {}, "utls": {"enabled": false}}}]})"),
      lines{});
}

TEST(sing_box_json, warnings) {
  EXPECT_EQ(json_warnings(json_outbound(
                R"("udp_fragment": true, "network_type": [], "network_strategy": null)")),
            lines{"c.json: outbounds[0].udp_fragment: not available yet, there is no UDP"});
  EXPECT_EQ(json_warnings(json_inbound(R"({"type": "mixed", "listen": "::", "listen_port": 1})")),
            lines{"c.json: inbounds[0]: listens on :: without a password: whoever reaches this "
                  "machine can use it; "
                  "write users, or \"listen\": \"127.0.0.1\""});
  EXPECT_EQ(json_warnings(json_outbound(
                R"("ensure_idle_session": 5, "idle_session_timeout": "5m", "heartbeat": "10s",
                   "hedge": false, "session_freshness": "5s", "stream_timeout": "20s")")),
            lines{});
  EXPECT_EQ(json_warnings(json_outbound(
                R"("ensure_idle_session": 5, "ensure_idle_session_create_rate": 1,
                   "idle_session_timeout": "5m", "max_connection_lifetime": "1h",
                   "connection_lifetime_jitter": "15m", "min_idle_session_for_age": 1,
                   "heartbeat": "10s", "heartbeat_timeout": "3s", "make_before_break": false,
                   "refill_immediately": false, "disable_reuse": false)")),
            lines{});
  EXPECT_EQ(json_warnings(R"({"outbounds": [{"type": "direct"}]})"),
            lines{"c.json: there is nothing to listen on; `anytls run` needs an inbound"});
  EXPECT_EQ(json_warnings(json_outbound("")), lines{});
}

TEST(sing_box_json, every_error_of_a_file_is_said) {
  EXPECT_EQ(
      json_errors(
          R"({"inbounds": [{"type": "mixed"}], "outbounds": [{"type": "anytls", "tsl": {}}], "x": 1})"),
      (lines{"c.json: inbounds[0]: listen_port is missing",
             "c.json: outbounds[0]: server is missing: the name or IP address of the AnyTLS server",
             "c.json: outbounds[0]: server_port is missing: the port of the AnyTLS server",
             "c.json: outbounds[0]: password is missing: the password of the AnyTLS server",
             "c.json: outbounds[0]: tls is missing: AnyTLS is not used without TLS; write \"tls\": "
             "{\"enabled\": true}",
             "c.json: outbounds[0].tsl: unknown field, did you mean tls?",
             "c.json: x: unknown field"}));
}

TEST(sing_box_json, values_arrive) {
  const auto c = must_load(R"({"log": {"level": "trace", "timestamp": false, "output": "a.log"},
    "inbounds": [{"type": "socks", "tag": "s", "listen_port": 1080, "users": {"username": "u", "password": "p"}}],
    "outbounds": [{"type": "anytls", "server": "[2001:db8::1]", "server_port": 443, "password": "p",
      "connect_timeout": "1500ms", "domain_strategy": "ipv6_only", "disable_reuse": true, "client": "me",
      "heartbeat_timeout": "3s", "session_freshness": "", "idle_session_timeout": "0s", "stream_timeout": 0,
      "tls": {"enabled": true, "disable_sni": true, "insecure": true, "resumption": false, "alpn": ["h2", "http/1.1"],
              "min_version": "1.3", "certificate": ["a", "b"], "certificate_path": "ca.pem", "server_name": "sni"}}]})");
  EXPECT_EQ(c.log.threshold, log::level::trace);
  EXPECT_FALSE(c.log.timestamp);
  EXPECT_EQ(c.log.output, "a.log");
  ASSERT_EQ(c.inbounds.size(), 1u);
  EXPECT_EQ(c.inbounds[0].type, inbound_type::socks);
  EXPECT_EQ(c.inbounds[0].listen, "127.0.0.1");
  EXPECT_EQ(c.inbounds[0].location, "inbounds[0]");
  EXPECT_EQ(c.inbounds[0].users[0].name, "u");
  ASSERT_EQ(c.outbounds.size(), 1u);
  const auto& o = c.outbounds[0];
  EXPECT_EQ(o.tag, "anytls-0");
  EXPECT_EQ(c.final_outbound, "anytls-0");
  EXPECT_EQ(o.server, "2001:db8::1");
  EXPECT_EQ(o.dial.connect_timeout, 1500ms);
  EXPECT_EQ(o.dial.strategy, domain_strategy::ipv6_only);
  EXPECT_TRUE(o.tls.enabled && o.tls.disable_sni && o.tls.insecure);
  EXPECT_FALSE(o.tls.resumption);
  EXPECT_EQ(o.tls.alpn, (lines{"h2", "http/1.1"}));
  EXPECT_EQ(o.tls.min_version, tls_version::tls_1_3);
  EXPECT_EQ(o.tls.certificate, "a\nb");
  EXPECT_EQ(o.tls.server_name, "sni");
  EXPECT_TRUE(o.pool.disable_reuse);
  EXPECT_EQ(o.pool.client, "me");
  EXPECT_EQ(o.pool.heartbeat_timeout, std::optional<duration>(3s));
  EXPECT_EQ(o.pool.session_freshness, std::nullopt);
  EXPECT_EQ(o.pool.idle_session_timeout, 30s);
  EXPECT_EQ(o.pool.stream_timeout, 0s);
}

TEST(sing_box_json, a_server_and_its_padding_scheme) {
  const auto c = must_load(
      json_inbound(R"({"type": "anytls", "listen_port": 1, "padding_scheme": ["stop=1", "0=30-30"],
    "users": [{"password": "p"}], "tls": {"enabled": true, "certificate_path": "c", "key_path": "k"}})"));
  EXPECT_EQ(c.inbounds[0].padding_scheme, "stop=1\n0=30-30");
  EXPECT_EQ(c.inbounds[0].tls->key_path, "k");
  EXPECT_EQ(c.final()->type, outbound_type::direct);
}

TEST(sing_box_json, without_outbounds_everything_goes_directly) {
  const auto c = must_load(R"({"inbounds": [{"type": "mixed", "listen_port": 1}]})");
  EXPECT_EQ(c.final_outbound, "direct");
  EXPECT_EQ(c.final()->type, outbound_type::direct);
  EXPECT_EQ(must_load(R"({"log": {"level": "trace", "disabled": true}})").log.threshold,
            log::level::off);
}

TEST(sing_box_json, nothing_to_hear_about_notes) {
  EXPECT_EQ(json_errors(json_outbound(R"("_a": 1, "_a": {"b": 1})")), lines{});
}

TEST(sing_box_json, passwords_stay_out_of_messages) {
  for (const char* text :
       {R"({"outbounds": [{"type": "anytls", "password": ["s3cr3t"], "server_port": "s3cr3t"}]})",
        R"({"outbounds": [{"type": "anytls", "password": {"s": "s3cr3t"}}]})",
        R"({"inbounds": [{"type": "mixed", "users": ["s3cr3t"]}]})",
        R"({"inbounds": [{"type": "anytls", "users": [{"password": "s3cr3t", "name": 5}]}]})"}) {
    const auto l = load_text("c.json", text);
    EXPECT_FALSE(l.value);
    for (const auto& m : l.messages) EXPECT_EQ(m.text.find("s3cr3t"), std::string::npos) << m.text;
  }
}

TEST(sing_box_json, deep_nesting_is_an_error) {
  EXPECT_EQ(json_errors("{\"a\": " + std::string(100'000, '[')).size(), 1u);
  EXPECT_EQ(json_errors(std::string(1000, '{')).size(), 1u);
}

}  // namespace
}  // namespace anytls::config
