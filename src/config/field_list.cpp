#include "config/field_list.h"

#include "config/mihomo_yaml.h"
#include "config/report.h"
#include "config/sing_box_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace anytls::config {
namespace {

/// An element of a list: its type, and the text between the braces.
struct element {
  std::string_view type;
  std::string_view text;
};

constexpr element sing_box_inbounds[] = {
    {"mixed", R"("listen_port": 1001, "users": [{"username": "u", "password": "p"}])"},
    {"socks", R"("listen_port": 1002)"},
    {"http", R"("listen_port": 1003)"},
    {"anytls", R"("listen_port": 1004, "users": [{"name": "u", "password": "p"}],
      "tls": {"enabled": true, "certificate_path": "c.pem", "key_path": "k.pem",
        "certificates": [{"certificate_path": "d.pem", "key_path": "l.pem"}], "ech": {}},
      "fallback": {"server": "127.0.0.1", "server_port": 8080})"},
};
constexpr element sing_box_outbounds[] = {
    {"anytls", R"("tag": "out", "server": "a.example", "server_port": 443, "password": "p",
      "tls": {"enabled": true, "utls": {}, "ech": {}}, "domain_resolver": {"server": "local"})"},
    {"direct", R"("tag": "direct")"},
    {"block", R"("tag": "block")"},
    {"socks", R"("tag": "proxy", "server": "a.example", "server_port": 1080)"},
    {"http", R"("tag": "http", "server": "a.example", "server_port": 8080,
      "tls": {"enabled": true})"},
};
constexpr element mihomo_listeners[] = {
    {"mixed", R"("name": "l0", "port": 1001, "users": [{"username": "u", "password": "p"}])"},
    {"socks", R"("name": "l1", "port": 1002)"},
    {"http", R"("name": "l2", "port": 1003)"},
    {"anytls", R"("name": "l3", "port": 1004, "users": [{"username": "u", "password": "p"}],
      "certificate": "c.pem", "private-key": "k.pem",
      "certificates": [{"certificate": "d.pem", "private-key": "l.pem"}])"},
};
constexpr element mihomo_proxies[] = {
    {"anytls", R"("name": "out", "server": "a.example", "port": 443, "password": "p",
      "ech-opts": {}, "session-override": {"heartbeat": 30})"},
    {"direct", R"("name": "plain")"},
    {"reject", R"("name": "none")"},
    {"socks5", R"("name": "proxy", "server": "a.example", "port": 1080)"},
    {"http", R"("name": "http", "server": "a.example", "port": 8080)"},
};
constexpr element mihomo_groups[] = {{"select", R"("name": "group", "proxies": ["out"])"}};

struct list {
  std::string_view name;
  std::span<const element> elements;
};
constexpr list sing_box_lists[] = {{"inbounds", sing_box_inbounds},
                                   {"outbounds", sing_box_outbounds}};
constexpr list mihomo_lists[] = {
    {"listeners", mihomo_listeners}, {"proxies", mihomo_proxies}, {"proxy-groups", mihomo_groups}};

std::span<const list> lists_of(form which) {
  if (which == form::sing_box) return sing_box_lists;
  return mihomo_lists;
}

std::string_view type_of(form which, std::string_view list_name, std::string_view index) {
  for (const auto& one : lists_of(which))
    for (std::size_t i = 0; one.name == list_name && i < one.elements.size(); ++i)
      if (index == fmt::format("{}", i)) return one.elements[i].type;
  return {};
}

/// "outbounds[0].tls" -> "outbounds[anytls].tls"; other lists lose their numbers.
std::string with_types(std::string_view place, form which) {
  std::string out;
  while (!place.empty()) {
    const auto open = std::min(place.find('['), place.size());
    out += place.substr(0, open);
    const auto close = std::min(place.find(']', open), place.size());
    if (open < close)
      out += fmt::format("[{}]", type_of(which, out, place.substr(open + 1, close - open - 1)));
    place.remove_prefix(std::min(close + 1, place.size()));
  }
  return out;
}

}  // namespace

std::string sample_text(form which) {
  std::string out = which == form::sing_box ? R"({"log": {}, "route": {"final": "out"})"
                                            : R"({"mixed-port": 1000, "rules": ["MATCH,out"],
  "experimental": {"anytls-session-management": {}})";
  for (const auto& one : lists_of(which)) {
    out += fmt::format(",\n  \"{}\": [", one.name);
    const char* comma = "";
    for (const auto& e : one.elements) {
      out += fmt::format("{}\n    {{\"type\": \"{}\", {}}}", comma, e.type, e.text);
      comma = ",";
    }
    out += "]";
  }
  return out + "}\n";
}

std::vector<listed_field> list_fields(form which) {
  std::vector<listed_field> found;
  report out("the sample");
  out.list_into(found);
  const auto text = sample_text(which);
  (void)(which == form::sing_box ? read_sing_box(text, out) : read_mihomo(text, out));

  std::vector<listed_field> once;
  for (auto& field : found) {
    field.place = with_types(field.place, which);
    const bool known = std::any_of(once.begin(), once.end(), [&](const auto& other) {
      return other.place == field.place && other.name == field.name;
    });
    if (!known) once.push_back(std::move(field));
  }
  return once;
}

std::string_view name(status s) noexcept {
  switch (s) {
    case status::obeyed:
      return "supported";
    case status::accepted:
      return "no effect";
    case status::later:
      return "warned";
    case status::refused:
      return "refused";
  }
  return {};
}

}  // namespace anytls::config
