#include "config/certificate_list.h"
#include "config/fallback_fields.h"
#include "config/mihomo_parts.h"
#include "config/proxy_protocol_fields.h"
#include "config/server_fields.h"
#include "config/socket_values.h"
#include "config/suggest.h"
#include "config/tls_values.h"
#include "config/value.h"

#include <algorithm>
#include <array>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 20> types{
    "mixed",       "socks", "http",   "anytls",  // order of inbound_type
    "shadowsocks", "snell", "vmess",  "vless",  "trojan", "tuic",        "hysteria2",  "redir",
    "tproxy",      "tun",   "tunnel", "mieru",  "sudoku", "trusttunnel", "shadowquic", "masque"};
constexpr std::size_t served_types = 4;

/// A map of name: password, or a list of {username, password}. Listeners take both.
void read_users(const cursor& at, std::vector<user>& into) {
  if (at.value->is_map()) {
    for (const auto& m : at.value->members) {
      user u;
      u.name = m.key;
      const auto name = in_quotes(m.key);
      if (read_string(at.at(name.substr(1, name.size() - 2), *m.value), u.password))
        into.push_back(std::move(u));
    }
    return;
  }
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list of users, found {}", kind_in_words(*at.value)));
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    const cursor place = at.at(i);
    object_reader in(place);
    if (!in.ok()) continue;
    user u;
    for (const std::string_view name : {"username", "name"})
      if (const node* n = in.take(name, {"", R"("v")"})) read_string(place.at(name, *n), u.name);
    if (const node* n = in.take("password", {"", R"("v")"}))
      read_string(place.at("password", *n), u.password);
    in.finish({});
    into.push_back(std::move(u));
  }
}

constexpr field<inbound> common_table[] = {
    {"port",
     {"", "1081"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_port(at, in.port); }},
    {"listen",
     {"0.0.0.0", R"("127.0.0.1")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       if (at.value->is_scalar() && at.value->text == "*")
         in.listen = "::";
       else
         read_listen(at, in.listen);
     }},
    {"users",
     {"those of authentication", R"([{"username":"v","password":"q"}])"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       in.users.clear();  // own users stand instead of the general ones, an empty list too
       read_users(at, in.users);
     }},
    {"wait-for-target",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_bool(at, in.wait_for_target); }},
    {"proxy-protocol",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_proxy_protocol(at, in.proxy_protocol); }},
    {"proxy-protocol-accept-no-header",
     {"false"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_proxy_optional(at, in.proxy_protocol); }},
    {"udp", {}, status::accepted},
    {"proxy", {}, status::refused, nullptr, "its traffic would go to another outbound"},
    {"rule", {}, status::later, nullptr, "the rules of the file are used"},
    {"routing-mark",
     {"0", "6666"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_mark(at, in.socket.routing_mark); }},
    {"interface-name",
     {"none", R"("eth1")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_interface(at, in.socket.interface); }},
    {"tfo",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_switch(at, in.socket.fast_open); }},
    {"mptcp",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_switch(at, in.socket.multi_path); }},
};

constexpr std::string_view clear = "passwords would be sent in the clear";
constexpr field<inbound> proxy_table[] = {
    {"certificate", {}, status::refused, nullptr, clear},
    {"private-key", {}, status::refused, nullptr, clear},
    {"client-auth-type", {}, status::refused, nullptr, clear},
    {"client-auth-cert", {}, status::refused, nullptr, clear},
    {"ech-key", {}, status::refused, nullptr, clear},
    {"reality-config", {}, status::refused, nullptr, clear},
};

constexpr field<tls_identity> certificate_table[] = {
    {"certificate",
     {"", R"("./b.crt")"},
     status::obeyed,
     [](const cursor& at, tls_identity& i) {
       read_pem_or_path(at, i.certificate, i.certificate_path);
     }},
    {"private-key",
     {"", R"("./b.key")"},
     status::obeyed,
     [](const cursor& at, tls_identity& i) { read_pem_or_path(at, i.key, i.key_path); }},
};

constexpr certificate_words words{"certificate is missing", "private-key is missing", {}};

constexpr field<inbound> anytls_table[] = {
    {"certificate",
     {"", R"("./server.crt")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       read_pem_or_path(at, in.tls->certificate, in.tls->certificate_path);
     }},
    {"private-key",
     {"", R"("./server.key")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_pem_or_path(at, in.tls->key, in.tls->key_path); }},
    {"certificates",
     {"", R"([{"certificate": "./b.crt", "private-key": "./b.key"}])"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       read_certificates(at, certificate_table, words, in.tls->certificates);
     }},
    {"alpn",
     {"none", R"(["h2"])"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_strings(at, in.tls->alpn); }},
    {"padding-scheme",
     {"the scheme of the protocol", R"("stop=1\n0=30-30")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       std::string lines;
       if (read_lines(at, lines) && !lines.empty()) in.padding_scheme = std::move(lines);
     }},
    {"fallback",
     {"none", R"("127.0.0.1:8080")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_fallback_text(at, in.fallback); }},
    {"fallback-for-alpn",
     {"none", R"({"h2": "127.0.0.1:8081"})"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_fallback_text_for_alpn(at, in.fallback_for_alpn); }},
    {"client-auth-type",
     {"", R"("require-any")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_client_authentication(at, in.tls->clients); }},
    {"client-auth-cert",
     {"", R"("./clients.crt")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       std::string path;
       read_pem_or_path(at, in.tls->client_certificate, path);
       if (!path.empty()) in.tls->client_certificate_paths = {std::move(path)};
     }},
    {"ech-key",
     {"no ECH", "\"ech-key.pem\""},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       read_pem_or_path(at, in.tls->ech_key, in.tls->ech_key_path);
     }},
    {"reality-config", {}, status::refused, nullptr, "clients with REALITY could not connect"},
};

void finish_tls(const cursor& place, tls_server& tls) {
  // As in mihomo: who says by what clients are verified wants them verified.
  const bool by = !tls.client_certificate.empty() || !tls.client_certificate_paths.empty();
  if (by && tls.clients == client_authentication::no)
    tls.clients = client_authentication::require_and_verify;
  const bool certificate = !tls.certificate.empty() || !tls.certificate_path.empty();
  const bool key = !tls.key.empty() || !tls.key_path.empty();
  if (!certificate && !key && !tls.certificates.empty()) return;
  if (!certificate) place.error("certificate is missing; `anytls generate certificate` makes one");
  if (!key) place.error("private-key is missing");
}

}  // namespace

void read_listeners(const cursor& at, const general& g, config& into) {
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    const cursor place = at.at(i);
    object_reader in(place);
    if (!in.ok()) continue;
    const node* type_node = in.take("type");
    std::string type;
    if (!type_node || !read_string(place.at("type", *type_node), type)) {
      place.error("type is missing");
      continue;
    }
    const auto index =
        static_cast<std::size_t>(std::find(types.begin(), types.end(), type) - types.begin());
    if (index == types.size()) {
      const auto near = nearest(type, types);
      place.at("type", *type_node)
          .error(near.empty()
                     ? fmt::format("{} is not a listener type", in_quotes(type))
                     : fmt::format("{} is unknown, did you mean {}?", in_quotes(type), near));
      continue;
    }
    if (index >= served_types) {
      place.warning(fmt::format("listener type {} is not available yet, it is left out", type));
      continue;
    }
    inbound made;
    made.type = static_cast<inbound_type>(index);
    made.location = place.path;
    made.tag = fmt::format("{}-{}", type, i);
    made.listen = "0.0.0.0";  // mihomo's default for listeners, whatever allow-lan says
    if (const node* n = in.take("name")) read_string(place.at("name", *n), made.tag);
    if (made.type == inbound_type::anytls)
      made.tls.emplace();
    else
      made.users = g.users;
    in.fields(common_table, made);
    if (const node* n = place.value->find("port"); !n || n->is_null())
      place.error("port is missing");
    if (made.type == inbound_type::anytls) {
      in.fields(anytls_table, made);
      read_server_limits(in, true, made.limits);
      finish_tls(place, *made.tls);
    } else {
      in.fields(proxy_table, made);
    }
    in.finish({});
    g.sockets.apply(made.socket);
    into.inbounds.push_back(std::move(made));
  }
}

}  // namespace anytls::config
