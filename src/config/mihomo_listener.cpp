#include "config/mihomo_parts.h"
#include "config/server_fields.h"
#include "config/socket_values.h"
#include "config/suggest.h"
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
      if (const node* n = in.take(name)) read_string(place.at(name, *n), u.name);
    if (const node* n = in.take("password")) read_string(place.at("password", *n), u.password);
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

constexpr std::string_view no_client_check = "clients would not be asked for a certificate";
constexpr field<inbound> anytls_table[] = {
    {"certificate",
     {"", R"("b.pem")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       std::string text;
       if (read_string(at, text))
         assign_pem_or_path(text, in.tls->certificate, in.tls->certificate_path);
     }},
    {"private-key",
     {"", R"("b.key")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       std::string text;
       if (read_string(at, text)) assign_pem_or_path(text, in.tls->key, in.tls->key_path);
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
    {"client-auth-type", {}, status::refused, nullptr, no_client_check},
    {"client-auth-cert", {}, status::refused, nullptr, no_client_check},
    {"ech-key", {}, status::refused, nullptr, "clients with ECH could not connect"},
    {"reality-config", {}, status::refused, nullptr, "clients with REALITY could not connect"},
};

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
      if (made.tls->certificate.empty() && made.tls->certificate_path.empty())
        place.error("certificate is missing; `anytls generate certificate` makes one");
      if (made.tls->key.empty() && made.tls->key_path.empty())
        place.error("private-key is missing");
    } else {
      in.fields(proxy_table, made);
    }
    in.finish({});
    g.sockets.apply(made.socket);
    into.inbounds.push_back(std::move(made));
  }
}

}  // namespace anytls::config
