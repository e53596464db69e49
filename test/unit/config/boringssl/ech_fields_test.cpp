// Encrypted ClientHello and a ClientHello in pieces, as both forms write them.
#include "../texts.h"

namespace anytls::config {
namespace {

std::string json_client(std::string_view tls) {
  return R"({"outbounds": [{"type": "anytls", "tag": "out", "server": "example.com", "server_port": 443,
    "password": "s3cr3t", "tls": {"enabled": true, )" +
         std::string(tls) + "}}]}";
}

std::string json_server(std::string_view tls) {
  return json_inbound(R"({"type": "anytls", "listen": "::", "listen_port": 443,
    "users": [{"name": "u", "password": "p"}],
    "tls": {"enabled": true, "certificate_path": "c", "key_path": "k", )" +
                      std::string(tls) + "}}");
}

std::string yaml_listener(std::string_view more) {
  return "listeners:\n- name: in\n  type: anytls\n  port: 443\n  users: {u: p}\n  certificate: c\n"
         "  private-key: k\n" +
         std::string(more);
}

const tls_client client_of(const config& c) { return c.outbounds.at(0).tls; }

TEST(ech_fields, a_client_of_sing_box) {
  const auto ech =
      client_of(
          must_load(json_client(
              R"("ech": {"enabled": true, "config": ["a", "b"], "config_path": "p", "query_server_name": "q.example"})")))
          .ech;
  EXPECT_TRUE(ech.enabled);
  EXPECT_EQ(ech.config, "a\nb");
  EXPECT_EQ(ech.config_path, "p");
  EXPECT_EQ(ech.query_name, "q.example");
}

TEST(ech_fields, a_client_of_mihomo) {
  const auto ech =
      client_of(must_load(yaml_proxy(
                    "  ech-opts: {enable: true, config: AAAA, query-server-name: q.example}\n")))
          .ech;
  EXPECT_TRUE(ech.enabled);
  EXPECT_EQ(ech.config, "AAAA");
  EXPECT_EQ(ech.query_name, "q.example");
}

TEST(ech_fields, off_unless_switched_on) {
  for (const auto* off : {R"("ech": {"config": ["a"]})", R"("ech": {"enabled": false})",
                          R"("ech": {})", R"("ech": null)"}) {
    EXPECT_FALSE(client_of(must_load(json_client(off))).ech.enabled) << off;
    EXPECT_EQ(json_warnings(json_client(off)).size(), 1u) << off;  // nothing to listen on
  }
  EXPECT_FALSE(client_of(must_load(yaml_proxy("  ech-opts: {config: AAAA}\n"))).ech.enabled);
}

TEST(ech_fields, a_server_of_either_form) {
  const auto inline_key =
      must_load(json_server(R"("ech": {"enabled": true, "key": ["a", "b"]})")).inbounds.at(0);
  EXPECT_EQ(inline_key.tls->ech_key, "a\nb");
  const auto path =
      must_load(json_server(R"("ech": {"enabled": true, "key_path": "p"})")).inbounds.at(0);
  EXPECT_EQ(path.tls->ech_key_path, "p");
  const auto off =
      must_load(json_server(R"("ech": {"enabled": false, "key_path": "p"})")).inbounds.at(0);
  EXPECT_EQ(off.tls->ech_key_path, "");
  EXPECT_EQ(must_load(yaml_listener("  ech-key: p.pem\n")).inbounds.at(0).tls->ech_key_path,
            "p.pem");
  EXPECT_EQ(must_load(yaml_listener("  ech-key: |\n    -----BEGIN ECH KEYS-----\n    AA\n"))
                .inbounds.at(0)
                .tls->ech_key,
            "-----BEGIN ECH KEYS-----\nAA\n");
}

TEST(ech_fields, mistakes) {
  EXPECT_EQ(json_errors(json_server(R"("ech": {"enabled": true})")),
            lines{"c.json: inbounds[0].tls.ech: key_path is missing; `anytls generate ech-keypair "
                  "NAME` makes keys"});
  EXPECT_EQ(json_errors(json_client(R"("ech": {"enabled": true, "confg": "x"})")),
            lines{"c.json: outbounds[0].tls.ech.confg: unknown field, did you mean config?"});
  EXPECT_EQ(json_errors(json_client(R"("ech": true)")),
            lines{"c.json: outbounds[0].tls.ech: expected an object, found true or false"});
  EXPECT_EQ(json_errors(json_client(R"("ech": {"enabled": true}, "max_version": "1.2")")),
            lines{"c.json: outbounds[0].tls.ech: needs TLS 1.3: raise max_version"});
  EXPECT_EQ(json_errors(
                json_server(R"("ech": {"enabled": true, "key_path": "p"}, "max_version": "1.2")")),
            lines{"c.json: inbounds[0].tls.ech: needs TLS 1.3: raise max_version"});
  EXPECT_EQ(json_errors(json_client(R"("ech": {"enabled": true}, "server_name": "192.0.2.1")")),
            lines{"c.json: outbounds[0].tls.ech: config is missing: an address, 192.0.2.1, has no "
                  "HTTPS record to find it in"});
  EXPECT_EQ(
      json_errors(json_client(
          R"("ech": {"enabled": true, "query_server_name": "q.example"}, "server_name": "192.0.2.1")")),
      lines{});
}

TEST(ech_fields, what_sing_box_no_longer_obeys_is_warned_of) {
  const auto warned = json_warnings(json_server(
      R"("ech": {"enabled": true, "key_path": "p", "pq_signature_schemes_enabled": true, "dynamic_record_sizing_disabled": false})"));
  EXPECT_EQ(warned, lines{"c.json: inbounds[0].tls.ech.pq_signature_schemes_enabled: not available "
                          "yet, sing-box 1.12 does not obey it either"});
}

TEST(fragment_fields, defaults_and_values) {
  const auto plain = client_of(must_load(json_client(R"("insecure": false)"))).fragment;
  EXPECT_FALSE(plain.segments || plain.records);
  EXPECT_EQ(plain.fallback_delay, 500ms);
  const auto set =
      client_of(
          must_load(json_client(
              R"("fragment": true, "record_fragment": true, "fragment_fallback_delay": "50ms")")))
          .fragment;
  EXPECT_TRUE(set.segments && set.records);
  EXPECT_EQ(set.fallback_delay, 50ms);
  EXPECT_EQ(
      json_errors(json_client(R"("fragment_fallback_delay": 50)")),
      lines{R"(c.json: outbounds[0].tls.fragment_fallback_delay: 50 has no unit; write "50s")"});
}

}  // namespace
}  // namespace anytls::config
