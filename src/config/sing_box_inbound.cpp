#include "config/fallback_fields.h"
#include "config/server_fields.h"
#include "config/sing_box_bounds.h"
#include "config/sing_box_fields.h"
#include "config/suggest.h"
#include "config/value.h"

#include <array>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 4> served{"mixed", "socks", "http",
                                                 "anytls"};  // order of inbound_type
constexpr std::array<std::string_view, 16> not_served{
    "direct", "shadowsocks", "vmess", "trojan",   "naive",  "hysteria",    "shadowtls", "vless",
    "tuic",   "hysteria2",   "tun",   "redirect", "tproxy", "cloudflared", "wireguard", "snell"};

void read_users(const cursor& at, std::string_view name_field, std::vector<user>& into) {
  const std::size_t count = at.value->is_list() ? at.value->items.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const cursor place =
        at.value->is_list() ? at.at(i) : at;  // a single object where a list may stand
    object_reader in(place);
    if (!in.ok()) continue;
    user u;
    const auto text = [&](std::string_view name, std::string& target) {
      if (const node* n = in.take(name, {"", R"("v")"})) read_string(place.at(name, *n), target);
    };
    text(name_field, u.name);
    text("password", u.password);
    in.finish(json_note);
    into.push_back(std::move(u));
  }
}

constexpr field<inbound> proxy_table[] = {
    {"users",
     {"nobody is asked", R"([{"username":"u","password":"p"}])"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_users(at, "username", in.users); }},
    {"set_system_proxy", {}, status::later},
    {"domain_resolver", {}, status::accepted},
};
constexpr field<inbound> http_table[] = {
    {"tls",
     {},
     status::refused,
     nullptr,
     "passwords would be sent in the clear",
     off_when::not_switched},
};
constexpr field<inbound> anytls_table[] = {
    {"users",
     {"", R"([{"name":"v","password":"q"}])"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_users(at, "name", in.users); }},
    {"padding_scheme",
     {"the scheme of the protocol", R"(["stop=1","0=30-30"])"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       std::string lines;
       if (read_lines(at, lines) && !lines.empty()) in.padding_scheme = std::move(lines);
     }},
    {"tls",
     {""},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_tls_server(at, in.tls.emplace()); }},
    {"fallback",
     {"none", R"({"server": "127.0.0.1", "server_port": 8080})"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_fallback(at, in.fallback); }},
    {"fallback_for_alpn",
     {"none", R"({"h2": {"server": "127.0.0.1", "server_port": 8081}})"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_fallback_for_alpn(at, in.fallback_for_alpn); }},
};

std::string listed_types() { return fmt::format("{}", fmt::join(served, ", ")); }

}  // namespace

void read_inbounds(const cursor& at, config& into) {
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    const cursor place = at.at(i);
    object_reader in(place);
    if (!in.ok()) continue;
    std::string type;
    const node* type_node = in.take("type");
    if (!type_node) {
      place.error(fmt::format("type is missing; one of {}", listed_types()));
      continue;
    }
    if (!read_string(place.at("type", *type_node), type)) continue;
    const auto found = std::find(served.begin(), served.end(), type);
    if (found == served.end()) {
      const bool known = std::find(not_served.begin(), not_served.end(), type) != not_served.end();
      const auto near = nearest(type, served);
      if (known)
        place.warning(fmt::format("inbound type {} is not available yet, it is left out", type));
      else
        place.at("type", *type_node)
            .error(fmt::format(
                "{} is unknown, {}", in_quotes(type),
                near.empty() ? "one of " + listed_types() : fmt::format("did you mean {}?", near)));
      continue;
    }
    inbound made;
    made.type = static_cast<inbound_type>(found - served.begin());
    made.location = place.path;
    made.tag = fmt::format("{}-{}", type, i);
    if (const node* n = in.take("tag"); n && !(n->is_scalar() && n->text.empty()))
      read_string(place.at("tag", *n), made.tag);
    read_listen_fields(in, made);
    if (made.type == inbound_type::anytls) {
      in.fields(anytls_table, made);
      read_server_limits(in, false, made.limits);
      if (const node* n = place.value->find("tls"); !n || n->is_null())
        place.error("tls is missing: AnyTLS is not used without TLS");
    } else {
      in.fields(proxy_table, made);
      if (made.type == inbound_type::http) in.fields(http_table, made);
    }
    in.finish(json_note);
    into.inbounds.push_back(std::move(made));
  }
}

}  // namespace anytls::config
