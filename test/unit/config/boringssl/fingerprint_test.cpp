#include "config/fingerprint.h"

#include "../texts.h"

#include <gtest/gtest.h>

namespace anytls::config {
namespace {

constexpr auto chrome = client_hello::chrome;
constexpr auto plain = client_hello::plain;

/// A file with these members of `tls`; what it must be warned about.
client_hello of_json(std::string_view members, const lines& warnings = {}) {
  const auto text =
      R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1080}],
      "outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p",
      "tls": {"enabled": true, )" +
      std::string(members) + "}}]}";
  EXPECT_EQ(json_warnings(text), warnings) << members;
  return must_load(text).outbounds.at(0).tls.hello;
}

client_hello of_yaml(std::string_view proxy, std::string_view top = {},
                     const lines& warnings = {}) {
  const auto text = yaml_proxy(proxy, top);
  EXPECT_EQ(yaml_warnings(text), warnings) << proxy << top;
  return must_load(text).outbounds.at(0).tls.hello;
}

TEST(fingerprint, of_json_is_chrome_unless_it_is_switched_off) {
  for (const char* members :
       {R"("insecure": false)", R"("utls": {})", R"("utls": {"enabled": true})",
        R"("utls": {"fingerprint": "chrome"})", R"("utls": {"enabled": true, "fingerprint": ""})"})
    EXPECT_EQ(of_json(members), chrome) << members;
  for (const char* members :
       {R"("utls": {"enabled": false})", R"("utls": {"enabled": false, "fingerprint": "chrome"})",
        R"("utls": {"enabled": true, "fingerprint": "none"})"})
    EXPECT_EQ(of_json(members), plain) << members;
}

TEST(fingerprint, of_yaml_is_the_proxys_then_the_global_one_then_chrome) {
  EXPECT_EQ(of_yaml(""), chrome);
  EXPECT_EQ(of_yaml("  client-fingerprint: none\n"), plain);
  EXPECT_EQ(of_yaml("", "global-client-fingerprint: none\n"), plain);
  EXPECT_EQ(of_yaml("  client-fingerprint: chrome\n", "global-client-fingerprint: none\n"), chrome);
  EXPECT_EQ(of_yaml("  client-fingerprint: Chrome\n"), chrome);
}

TEST(fingerprint, every_name_of_sing_box_and_mihomo_is_known_and_those_of_others_get_a_word) {
  for (const auto name : fingerprint_names()) {
    const auto found = find_fingerprint(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->hello, name == "none" ? plain : chrome) << name;
    EXPECT_EQ(found->remark.empty(), name == "none" || name == "chrome") << name;
  }
  EXPECT_FALSE(find_fingerprint("Chrome"));
  EXPECT_FALSE(find_fingerprint("chrome "));
}

TEST(fingerprint, another_browsers_name_is_chrome_and_a_warning_that_says_what_is_different) {
  EXPECT_EQ(of_json(R"("utls": {"enabled": true, "fingerprint": "edge"})",
                    {"c.json: outbounds[0].tls.utls.fingerprint: the ClientHello is that of a "
                     "current Chrome"}),
            chrome);
  EXPECT_EQ(
      of_yaml("  client-fingerprint: firefox\n", "",
              {"c.yaml: proxies[0].client-fingerprint (line 8): the ClientHello is Chrome's: "
               "unlike it, Firefox's has no GREASE, no ALPS and no trust anchors, but delegated "
               "credentials, a record size limit, a key share of P-256 and other ciphers"}),
      chrome);
  EXPECT_EQ(of_yaml("  client-fingerprint: iOS\n", "",
                    {"c.yaml: proxies[0].client-fingerprint (line 8): the ClientHello is Chrome's: "
                     "unlike it, Safari's keeps the order of its extensions, has no ECH, no ALPS "
                     "and no trust anchors, compresses certificates by zlib and offers other "
                     "ciphers"}),
            chrome);
}

TEST(fingerprint, an_unknown_name_is_an_error_in_json_and_a_warning_in_yaml) {
  const std::string names =
      "\"netscape\" is unknown; one of chrome, none, firefox, safari, ios, android, edge, 360, qq, "
      "random, randomized, chrome_psk, chrome_pq, chrome120, firefox120, safari16, "
      "chrome_psk_shuffle, chrome_padding_psk_shuffle, chrome_pq_psk";
  EXPECT_EQ(json_errors(R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443,
      "password": "p", "tls": {"enabled": true, "utls": {"fingerprint": "netscape"}}}]})"),
            lines{"c.json: outbounds[0].tls.utls.fingerprint: " + names});
  EXPECT_EQ(
      of_yaml("  client-fingerprint: netscape\n", "",
              {"c.yaml: proxies[0].client-fingerprint (line 8): " + names + "; chrome is used"}),
      chrome);
}

TEST(fingerprint, utls_has_no_other_fields) {
  const auto errors = json_errors(
      R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p",
      "tls": {"enabled": true, "utls": {"enable": true}}}]})");
  EXPECT_EQ(errors, lines{"c.json: outbounds[0].tls.utls.enable: unknown field, did you mean "
                          "enabled?"});
  EXPECT_EQ(
      json_errors(
          R"({"outbounds": [{"type": "anytls", "server": "h", "server_port": 443, "password": "p",
      "tls": {"enabled": true, "utls": "chrome"}}]})")
          .size(),
      1u);
}

}  // namespace
}  // namespace anytls::config
