// Certificates, keys, versions, cipher suites and curves of both forms: what is read, and what is
// said.

#include "texts.h"

namespace anytls::config {
namespace {

constexpr std::string_view hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

std::string outbound(std::string_view tls) {
  return R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1080}],
 "outbounds": [{"type": "anytls", "tag": "out", "server": "example.com", "server_port": 443, "password": "s3cr3t",
  "tls": {"enabled": true, )" +
         std::string(tls) + "}}]}";
}

std::string inbound(std::string_view tls) {
  return json_inbound(
      R"({"type": "anytls", "listen": "::", "listen_port": 443, "users": [{"name": "u", "password": "p"}],
  "tls": {"enabled": true, )" +
      std::string(tls) + "}}");
}
std::string inbound_with(std::string_view more) {
  return inbound(R"("certificate_path": "c", "key_path": "k", )" + std::string(more));
}

std::string listener(std::string_view more) {
  return "listeners:\n- {name: in, type: anytls, port: 443, users: {u: p}, " + std::string(more) +
         "}\nproxies: []\nrules: [\"MATCH,DIRECT\"]\n";
}

TEST(tls_fields, of_a_client) {
  const auto c = must_load(outbound(R"("client_certificate": ["a", "b"], "client_key_path": "k",
    "certificate_public_key_sha256": ")" +
                                    std::string(hash) + R"(",
    "cipher_suites": ["TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"],
    "curve_preferences": ["X25519", "P521"])"));
  const auto& tls = c.outbounds.at(0).tls;
  EXPECT_EQ(tls.client.certificate, "a\nb");
  EXPECT_EQ(tls.client.key_path, "k");
  ASSERT_EQ(tls.public_keys_sha256.size(), 1u);
  EXPECT_EQ(tls.public_keys_sha256[0], sha256({})) << "the hash of nothing";
  EXPECT_EQ(tls.cipher_suites, (lines{"TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"}));
  EXPECT_EQ(tls.curves, (lines{"X25519", "P521"}));
}

TEST(tls_fields, of_a_server) {
  const auto c = must_load(inbound_with(R"("certificates": [{"certificate": "x", "key_path": "y"}],
    "client_authentication": "verify-if-given", "client_certificate_path": ["r1", "r2"],
    "cipher_suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "curve_preferences": "P256")"));
  const auto& tls = *c.inbounds.at(0).tls;
  ASSERT_EQ(tls.certificates.size(), 1u);
  EXPECT_EQ(tls.certificates[0].certificate, "x");
  EXPECT_EQ(tls.certificates[0].key_path, "y");
  EXPECT_EQ(tls.clients, client_authentication::verify_if_given);
  EXPECT_EQ(tls.client_certificate_paths, (lines{"r1", "r2"}));
  EXPECT_EQ(tls.cipher_suites, lines{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
  EXPECT_EQ(tls.curves, lines{"P256"});
}

TEST(tls_fields, of_a_server_may_have_all_certificates_in_one_list) {
  const auto c =
      must_load(inbound(R"("certificates": [{"certificate_path": "a", "key_path": "b"}])"));
  EXPECT_EQ(c.inbounds.at(0).tls->certificates.size(), 1u);
}

TEST(tls_fields, of_a_proxy_are_texts_or_paths) {
  const auto text =
      must_load(yaml_proxy("  certificate: ./c.crt\n  private-key: |\n"
                           "    -----BEGIN PRIVATE KEY-----\n    x\n"));
  const auto& client = text.outbounds.at(0).tls.client;
  EXPECT_EQ(client.certificate_path, "./c.crt");
  EXPECT_EQ(client.certificate, "");
  EXPECT_TRUE(client.key.starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(client.key_path, "");
}

TEST(tls_fields, of_a_listener) {
  const auto c = must_load(
      listener("certificate: c, private-key: k, certificates: [{certificate: d, private-key: l}], "
               "client-auth-type: verify-if-given, client-auth-cert: roots.pem"));
  const auto& tls = *c.inbounds.at(0).tls;
  EXPECT_EQ(tls.certificates.at(0).certificate_path, "d");
  EXPECT_EQ(tls.certificates.at(0).key_path, "l");
  EXPECT_EQ(tls.clients, client_authentication::verify_if_given);
  EXPECT_EQ(tls.client_certificate_paths, lines{"roots.pem"});
}

TEST(tls_fields, a_listener_with_roots_verifies) {
  const auto c = must_load(listener("certificate: c, private-key: k, client-auth-cert: roots.pem"));
  EXPECT_EQ(c.inbounds.at(0).tls->clients, client_authentication::require_and_verify);
}

// Word for word: these sentences are what users search for.
TEST(tls_fields, mistakes_in_an_outbound) {
  const std::pair<std::string, const char*> table[] = {
      {R"("cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25"])",
       R"(.cipher_suites: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25" is unknown, did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?)"},
      {R"("cipher_suites": ["banana"])",
       R"(.cipher_suites: "banana" is not a cipher suite; write a name as Go has it, for example TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)"},
      {R"("curve_preferences": ["x25519"])",
       R"(.curve_preferences: "x25519" is unknown, did you mean X25519?)"},
      {R"("curve_preferences": ["banana"])",
       R"(.curve_preferences: "banana" is not a key exchange; one of P256, P384, P521, X25519, X25519MLKEM768)"},
      {R"("certificate_public_key_sha256": ["e3b0c442"])",
       R"(.certificate_public_key_sha256: "e3b0c442" is not the SHA-256 of a public key in base64 (44 characters, the last is =))"},
      {R"("client_certificate_path": "c")",
       ": client_key_path is missing: a certificate is shown together with its key"},
      {R"("client_key": "k")",
       ": client_certificate_path is missing: a key is used together with its certificate"},
      {R"("certificate_path": "c", "certificate_public_key_sha256": [")" + std::string(hash) +
           R"("])",
       ": certificate and certificate_public_key_sha256 exclude each other: a pinned key is "
       "trusted, whoever has signed it"},
      {R"("cipher_suites": ["TLS_AES_128_GCM_SHA256"], "max_version": "1.2")",
       ": cipher_suites has none for TLS 1.2, and max_version is 1.2"},
      {R"("curve_preferences": ["X25519MLKEM768"], "max_version": "1.2")",
       ": curve_preferences has none for TLS 1.2, and max_version is 1.2"},
      {R"("max_version": "1.1")",
       ".max_version: TLS 1.2 is the lowest version here; write 1.2 or 1.3"},
  };
  for (const auto& [members, text] : table)
    EXPECT_EQ(json_errors(outbound(members)),
              lines{"c.json: outbounds[0].tls" + std::string(text)});
}

TEST(tls_fields, mistakes_in_an_inbound) {
  const std::pair<std::string, const char*> table[] = {
      {R"("certificates": {"certificate_path": "a"})",
       ".certificates: expected a list of certificates with their keys, found an object"},
      {R"("certificates": [{"certificate_path": "a"}])", ".certificates[0]: key_path is missing"},
      {R"("certificates": [{"key_path": "a"}])", ".certificates[0]: certificate_path is missing"},
      {R"("client_authentication": "require-and-verfy", "client_certificate_path": "r")",
       R"(.client_authentication: "require-and-verfy" is unknown, did you mean require-and-verify?)"},
      {R"("client_authentication": "require-and-verify")",
       ": client_certificate_path is missing: client_authentication is require-and-verify, and "
       "there is nothing to verify certificates by"},
      {R"("client_certificate_path": "r")",
       ": client_authentication is no, so certificates of clients would not be verified; write "
       "require-and-verify"},
      {R"("acme": {"domain": "a.example"})",
       ".acme: not available yet, and without it there is no certificate: point certificate_path "
       "and key_path at certbot's files, /etc/letsencrypt/live/NAME/fullchain.pem and privkey.pem "
       "(changes are noticed)"},
  };
  for (const auto& [members, text] : table) {
    const auto said = json_errors(inbound_with(members));
    ASSERT_FALSE(said.empty()) << members;
    EXPECT_EQ(said.front(), "c.json: inbounds[0].tls" + std::string(text));
  }
}

TEST(tls_fields, mistakes_of_mihomo) {
  EXPECT_EQ(yaml_errors(yaml_proxy("  certificate: c.pem\n")),
            lines{"c.yaml: proxies[0]: private-key is missing: a certificate is shown together "
                  "with its key"});
  EXPECT_EQ(
      yaml_errors(listener("certificate: c, private-key: k, client-auth-type: require-and-verify")),
      lines{"c.yaml: listeners[0]: client-auth-cert is missing: client-auth-type is "
            "require-and-verify, and there is nothing to verify certificates by"});
}

TEST(tls_fields, what_has_no_effect_is_said) {
  EXPECT_EQ(json_warnings(outbound(R"("min_version": "1.0")")),
            lines{"c.json: outbounds[0].tls.min_version: TLS 1.2 is the lowest version here and "
                  "is used instead"});
  EXPECT_EQ(json_warnings(outbound(R"("kernel_tx": true)")),
            lines{"c.json: outbounds[0].tls.kernel_tx: not available yet, records are sealed by "
                  "the program itself"});
  EXPECT_EQ(json_warnings(inbound_with(R"("certificate": "text")")),
            lines{"c.json: inbounds[0].tls: certificate and certificate_path are both there: the "
                  "file is not used"});
  EXPECT_EQ(json_warnings(outbound(
                R"("min_version": "1.3", "cipher_suites": ["TLS_RSA_WITH_AES_128_CBC_SHA"])")),
            lines{"c.json: outbounds[0].tls: cipher_suites is not used: it is about TLS 1.2, and "
                  "min_version is 1.3"});
}

TEST(tls_fields, keys_are_in_no_message) {
  const std::string key = "-----BEGIN PRIVATE KEY-----SECRET";
  for (const auto& text :
       {outbound(R"("client_key": [")" + key + R"("])"),
        inbound(R"("key": ")" + key + R"(", "certificates": [{"key": ")" + key + R"("}])"),
        yaml_proxy("  private-key: \"" + key + "\"\n")})
    for (const auto& one : load_text("file", text).messages)
      EXPECT_EQ(one.text.find("SECRET"), std::string::npos) << one.text;
}

}  // namespace
}  // namespace anytls::config
