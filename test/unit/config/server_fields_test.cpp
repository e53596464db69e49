#include "texts.h"

namespace anytls::config {
namespace {

std::string json(std::string_view members, std::string_view outbound = R"({"type": "direct"})") {
  return R"({"inbounds": [{"type": "anytls", "listen_port": 1, "users": [{"password": "p"}],
  "tls": {"enabled": true, "certificate_path": "c", "key_path": "k"})" +
         std::string(members.empty() ? "" : ", ") + std::string(members) + R"(}], "outbounds": [)" +
         std::string(outbound) + "]}";
}

std::string yaml(std::string_view lines) {
  return "listeners:\n- name: in\n  type: anytls\n  port: 1\n  users: {u: p}\n  certificate: c\n"
         "  private-key: k\n" +
         std::string(lines);
}

server_limits of(const std::string& text) { return must_load(text).inbounds.at(0).limits; }

void expect_all(const server_limits& l) {
  EXPECT_TRUE(l.block_private);
  EXPECT_EQ(l.idle_session_timeout, 1h);
  EXPECT_EQ(l.heartbeat, 30s);
  EXPECT_EQ(l.max_streams_per_user, 10u);
  EXPECT_EQ(l.max_pending_connections, 20u);
  EXPECT_EQ(l.max_pending_connections_per_source, 30u);
  EXPECT_EQ(l.max_handshakes_per_source, 40u);
  EXPECT_EQ(l.max_failures_per_source, 0u);
  EXPECT_TRUE(l.limit_private_sources);
}

TEST(ServerFields, Json) {
  expect_all(of(json(R"("block_private": true, "idle_session_timeout": "1h", "heartbeat": "30s",
    "max_streams_per_user": 10, "max_pending_connections": 20,
    "max_pending_connections_per_source": 30, "max_handshakes_per_source": 40,
    "max_failures_per_source": 0, "limit_private_sources": true)")));
}

TEST(ServerFields, Yaml) {
  expect_all(
      of(yaml("  block-private: true\n  idle-session-timeout: 1h\n  heartbeat: 30s\n  "
              "max-streams-per-user: 10\n"
              "  max-pending-connections: 20\n  max-pending-connections-per-source: 30\n"
              "  max-handshakes-per-source: 40\n  max-failures-per-source: 0\n"
              "  limit-private-sources: true\n")));
}

TEST(ServerFields, WaitingForTheTargetIsForProxiesOnly) {
  constexpr auto sentence =
      "does nothing on an AnyTLS server: it is for applications of SOCKS and HTTP";
  EXPECT_EQ(json_warnings(json(R"("wait_for_target": true)")),
            lines{fmt::format("c.json: inbounds[0].wait_for_target: {}", sentence)});
  EXPECT_EQ(yaml_warnings(yaml("  wait-for-target: true\n") + "rules: ['MATCH,DIRECT']\n"),
            lines{fmt::format("c.yaml: listeners[0].wait-for-target: {}", sentence)});
  EXPECT_EQ(json_warnings(json(R"("wait_for_target": false)")), lines{});
}

TEST(ServerFields, TheDefaultsAreThoseOfTheDocumentation) {
  for (const auto& text : {json(""), yaml("")}) {
    const auto l = of(text);
    EXPECT_FALSE(l.block_private);
    EXPECT_EQ(l.idle_session_timeout, 0s);
    EXPECT_EQ(l.heartbeat, 0s);
    EXPECT_EQ(l.max_streams_per_user, 0u);
    EXPECT_EQ(l.max_pending_connections, 4096u);
    EXPECT_EQ(l.max_pending_connections_per_source, 1024u);
    EXPECT_EQ(l.max_handshakes_per_source, 500u);
    EXPECT_EQ(l.max_failures_per_source, 600u);
    EXPECT_FALSE(l.limit_private_sources);
  }
}

TEST(ServerFields, Mistakes) {
  EXPECT_EQ(json_errors(json(R"("block_private": "perhaps")")).size(), 1u);
  EXPECT_EQ(json_errors(json(R"("max_streams_per_user": -1)")).size(), 1u);
  EXPECT_EQ(json_errors(json(R"("idle_session_timeout": 300)")).size(), 1u);
  EXPECT_EQ(json_errors(json(R"("max_stream_per_user": 1)")),
            lines{"c.json: inbounds[0].max_stream_per_user: unknown field, did you mean "
                  "max_streams_per_user?"});
  EXPECT_EQ(yaml_errors(yaml("  idle-session-timeout: 5 min\n")).size(), 1u);
}

TEST(ServerFields, OnlyAnAnytlsInboundHasThem) {
  EXPECT_EQ(
      json_errors(json_inbound(R"({"type": "mixed", "listen_port": 1, "block_private": true})"))
          .size(),
      1u);
}

TEST(ServerFields, BlockPrivateSaysWhatItCannotSee) {
  EXPECT_TRUE(json_warnings(json(R"("block_private": true)")).empty());
  const auto warned = json_warnings(json(R"("block_private": true)",
                                         R"({"type": "anytls", "tag": "next", "server": "h",
    "server_port": 1, "password": "p", "tls": {"enabled": true}})"));
  EXPECT_EQ(warned, lines{"c.json: inbounds[0]: block_private looks at numeric targets only: names "
                          "are resolved by the next server, \"next\""});
}

}  // namespace
}  // namespace anytls::config
