#include "texts.h"

namespace anytls::config {
namespace {

std::string json(std::string_view members, std::string_view tls = {}) {
  return json_inbound(
      R"({"type": "anytls", "listen_port": 1, "users": [{"password": "p"}], "tls": {"enabled": true,
          "certificate_path": "c", "key_path": "k")" +
      std::string(tls) + "}, " + std::string(members) + "}");
}

std::string yaml(std::string_view more) {
  return "listeners:\n- name: in\n  type: anytls\n  port: 1\n  users: {u: p}\n  certificate: c\n"
         "  private-key: k\n" +
         std::string(more);
}

const std::string json_both = json(R"("fallback": {"server": "127.0.0.1", "server_port": 8080},
    "fallback_for_alpn": {"h2": {"server": "::1", "server_port": 8081},
                          "http/1.1": {"server": "web.test", "server_port": 80}})");
const std::string yaml_both = yaml(
    "  fallback: 127.0.0.1:8080\n"
    "  fallback-for-alpn: {h2: \"[::1]:8081\", http/1.1: \"web.test:80\"}\n");

TEST(FallbackFields, BothFormsNameWebServers) {
  for (const auto& text : {json_both, yaml_both}) {
    const auto in = must_load(text).inbounds.at(0);
    ASSERT_TRUE(in.fallback);
    EXPECT_EQ(in.fallback->to_string(), "127.0.0.1:8080");
    ASSERT_EQ(in.fallback_for_alpn.size(), 2u);
    EXPECT_EQ(in.fallback_for_alpn.at("h2").to_string(), "[::1]:8081");
    EXPECT_EQ(in.fallback_for_alpn.at("http/1.1").to_string(), "web.test:80");
  }
  EXPECT_EQ(json_warnings(json_both), lines{});
  EXPECT_EQ(yaml_warnings(yaml_both), lines{});
}

TEST(FallbackFields, WithoutThemThereIsNone) {
  for (const auto& text : {json(R"("fallback": null)"), yaml("")}) {
    const auto in = must_load(text).inbounds.at(0);
    EXPECT_FALSE(in.fallback);
    EXPECT_TRUE(in.fallback_for_alpn.empty());
  }
}

TEST(FallbackFields, JsonSaysWhatIsWrong) {
  const std::string at = "c.json: inbounds[0].fallback";
  const std::pair<const char*, std::string> wrong[] = {
      {R"("fallback": "127.0.0.1:80")", at + ": expected an object, found a string"},
      {R"("fallback": {"server": "a"})", at + ": server_port is missing"},
      {R"("fallback": {"server_port": 80})",
       at + ": server is missing: the address of a web server, for example 127.0.0.1"},
      {R"("fallback": {"server": "a", "server_port": 0})",
       at + ".server_port: 0 is not a port; ports are 1 to 65535"},
      {R"("fallback": {"server": "", "server_port": 1})", at + ".server: the address is empty"},
      {R"("fallback_for_alpn": {"": {"server": "a", "server_port": 1}})",
       at + "_for_alpn.: a protocol's name has 1 to 255 characters, for example h2 or http/1.1"},
      {R"("fallback_for_alpn": [])",
       at + "_for_alpn: expected a web server for each protocol, found a list"},
  };
  for (const auto& [members, said] : wrong) EXPECT_EQ(json_errors(json(members)), lines{said});
}

TEST(FallbackFields, YamlSaysWhatIsWrong) {
  for (const auto* text : {"8080", "127.0.0.1", "127.0.0.1:", ":80", "a:0", "a:65536", "a:8x"}) {
    const auto said = yaml_errors(yaml("  fallback: \"" + std::string(text) + "\"\n"));
    ASSERT_EQ(said.size(), 1u) << text;
    EXPECT_NE(said[0].find("is not HOST:PORT; write for example 127.0.0.1:8080"), said[0].npos);
  }
  EXPECT_EQ(yaml_errors(yaml("  fallback: \"::1:80\"\n")), lines{});  // an address all the same
  EXPECT_EQ(yaml_errors(yaml("  fallback: \"a b:80\"\n")).size(), 1u);
  EXPECT_EQ(yaml_errors(yaml("  fallback: \"*:80\"\n")).size(), 1u);
  EXPECT_EQ(yaml_errors(yaml("  fallback-for-alpn: {h2: \"\"}\n")).size(), 1u);
  EXPECT_EQ(yaml_errors(yaml("  fallback: \"\"\n")), lines{});  // none
}

TEST(FallbackFields, AProtocolThatNoHandshakeAgreesOnIsSaid) {
  const std::string_view h2 = R"("fallback_for_alpn": {"h2": {"server": "a", "server_port": 1}})";
  EXPECT_EQ(json_warnings(json(h2, R"(, "alpn": ["http/1.1"])")),
            lines{R"(c.json: inbounds[0].fallback_for_alpn.h2: no handshake agrees on "h2": add )"
                  R"("h2" to tls.alpn, or leave tls.alpn out)"});
  EXPECT_EQ(json_warnings(json(h2, R"(, "alpn": ["h2"])")), lines{});
  EXPECT_EQ(json_warnings(json(h2)), lines{});
  EXPECT_EQ(
      json_warnings(json(R"("fallback_for_alpn": {"http/2": {"server": "a", "server_port": 1}})")),
      lines{R"(c.json: inbounds[0].fallback_for_alpn.http/2: no handshake agrees on "http/2": add )"
            R"("http/2" to tls.alpn; without tls.alpn it is one of h2, http/1.1, http/1.0, )"
            R"(http/0.9)"});
}

TEST(FallbackFields, ALimitThatCountsFewIsSaid) {
  const std::string web = R"("fallback": {"server": "a", "server_port": 1})";
  EXPECT_EQ(json_warnings(json(web + R"(, "max_failures_per_source": 5)")),
            lines{"c.json: inbounds[0]: max_failures_per_source counts only who could not be "
                  "handed to the web server"});
  EXPECT_EQ(json_warnings(json(web + R"(, "max_failures_per_source": 0)")), lines{});
  EXPECT_EQ(json_warnings(json(R"("max_failures_per_source": 5)")), lines{});
}

TEST(ProxyProtocolFields, EveryInboundOfBothFormsHasThem) {
  using protocol::proxy_protocol;
  const auto of = [](const std::string& text) {
    return must_load(text).inbounds.at(0).proxy_protocol;
  };
  const auto mixed = [](std::string_view more) {
    return json_inbound(R"({"type": "mixed", "listen_port": 1)" + std::string(more) + "}");
  };
  EXPECT_EQ(of(json(R"("proxy_protocol": true)")), proxy_protocol::required);
  EXPECT_EQ(of(mixed(R"(, "proxy_protocol": true)")), proxy_protocol::required);
  EXPECT_EQ(of(mixed(R"(, "proxy_protocol_accept_no_header": true, "proxy_protocol": true)")),
            proxy_protocol::optional);
  EXPECT_EQ(of(mixed(R"(, "proxy_protocol": false)")), proxy_protocol::off);
  EXPECT_EQ(of(mixed("")), proxy_protocol::off);
  EXPECT_EQ(of(yaml("  proxy-protocol: true\n")), proxy_protocol::required);
  EXPECT_EQ(of(yaml("  proxy-protocol: true\n  proxy-protocol-accept-no-header: true\n")),
            proxy_protocol::optional);
}

TEST(ProxyProtocolFields, AcceptingNoHeaderAloneIsSaidToDoNothing) {
  EXPECT_EQ(json_warnings(json(R"("proxy_protocol_accept_no_header": true)")),
            lines{"c.json: inbounds[0].proxy_protocol_accept_no_header: does nothing without "
                  "proxy_protocol: no header is looked for"});
}

}  // namespace
}  // namespace anytls::config
