#pragma once
// Short ways to load a text and look at what was said about it.

#include "base/tls_library.h"
#include "config/load.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

inline std::vector<std::string> texts_of(const loaded& l, severity s) {
  std::vector<std::string> out;
  for (const auto& m : l.messages)
    if (m.severity == s) out.push_back(m.text);
  return out;
}

inline std::vector<std::string> json_errors(std::string_view text) {
  return texts_of(load_text("c.json", text), severity::error);
}
inline std::vector<std::string> json_warnings(std::string_view text) {
  return texts_of(load_text("c.json", text), severity::warning);
}
inline std::vector<std::string> yaml_errors(std::string_view text) {
  return texts_of(load_text("c.yaml", text), severity::error);
}
inline std::vector<std::string> yaml_warnings(std::string_view text) {
  return texts_of(load_text("c.yaml", text), severity::warning);
}

using lines = std::vector<std::string>;

/// Chrome's hello, on a TLS library that cannot send it.
inline bool is_about_the_build(std::string_view said) {
  return !built_on().chrome_hello && said.find(": this build is on ") != said.npos;
}

/// A whole file around the members of one AnyTLS outbound.
inline std::string json_outbound(std::string_view members) {
  return R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1080}],
 "outbounds": [{"type": "anytls", "tag": "out", "server": "example.com", "server_port": 443, "password": "s3cr3t",
  "tls": {"enabled": true})" +
         std::string(members.empty() ? "" : ", ") + std::string(members) + "}]}";
}

inline std::string json_inbound(std::string_view inbound) {
  return R"({"inbounds": [)" + std::string(inbound) + R"(], "outbounds": [{"type": "direct"}]})";
}

/// A whole file around the lines of one AnyTLS proxy (each with two spaces in front).
inline std::string yaml_proxy(std::string_view more, std::string_view top = {}) {
  return "mixed-port: 1080\n" + std::string(top) +
         "proxies:\n- name: out\n  type: anytls\n  server: example.com\n  port: 443\n  password: "
         "s3cr3t\n" +
         std::string(more) + "rules: [\"MATCH,out\"]\n";
}

inline config must_load(std::string_view text) {
  auto l = load_text("file", text);
  for (const auto& m : l.messages)
    if (m.severity == severity::error) ADD_FAILURE() << m.text;
  return l.value ? *l.value : config{};
}

}  // namespace anytls::config
