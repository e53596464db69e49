#include "config/detour.h"
#include "config/ech_fields.h"
#include "config/fingerprint.h"
#include "config/mihomo_parts.h"
#include "config/pool_fields.h"
#include "config/proxy_fields.h"
#include "config/socket_values.h"
#include "config/suggest.h"
#include "config/value.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 31> types{
    "anytls",      "direct",    "reject",     "socks5",  "http",  // order of outbound_type
    "ss",          "ssr",       "snell",      "vmess",   "vless",      "trojan",  "hysteria",
    "hysteria2",   "wireguard", "tuic",       "ssh",     "mieru",      "sudoku",  "masque",
    "trusttunnel", "dns",       "tailscale",  "openvpn", "gost-relay", "juicity", "shadowquic",
    "naive",       "tor",       "zero-trust", "rematch", "pass"};
constexpr std::size_t served_types = 5;

/// "AB:CD:..." -> "abcd..."; empty where it is not 32 bytes of hex.
std::string sha256_hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '-' || c == ' ') continue;
    const char l = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!((l >= '0' && l <= '9') || (l >= 'a' && l <= 'f'))) return {};
    out += l;
  }
  return out.size() == 64 ? out : std::string();
}

constexpr std::array<std::string_view, 6> ip_versions{"dual", "ipv4-prefer", "ipv6-prefer",
                                                      "ipv4", "ipv6",        ""};

void read_ip_version(const cursor& at, dial& d) {
  if (const auto i = read_word(at, ip_versions))
    d.strategy = *i == 5 ? domain_strategy::as_is : static_cast<domain_strategy>(*i);
}

constexpr std::string_view elsewhere = "traffic would leave by another way";

constexpr field<outbound> common_table[] = {
    {"udp", {}, status::accepted},  // it allows, it does not demand
    {"ip-version",
     {"dual", R"("ipv4-prefer")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_ip_version(at, o.dial); }},
    {"tfo",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_switch(at, o.dial.socket.fast_open); }},
    {"mptcp",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_switch(at, o.dial.socket.multi_path); }},
    {"interface-name",
     {"none", R"("eth1")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_interface(at, o.dial.socket.interface); }},
    {"routing-mark",
     {"0", "6666"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_mark(at, o.dial.socket.routing_mark); }},
    {"dialer-proxy",
     {"none", R"("proxy")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_string(at, o.dial.detour); }},
    {"smux", {}, status::later, nullptr, {}, off_when::not_switched},
};

constexpr field<outbound> anytls_table[] = {
    {"server",
     {"", R"("b.example")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_host(at, o.server); }},
    {"port",
     {"", "8443"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_port(at, o.port); }},
    {"password",
     {"", R"("r")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_string(at, o.password); }},
    {"sni",
     {"the server's name", R"("b.example")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_host(at, o.tls.server_name); }},
    {"disable-sni",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_bool(at, o.tls.disable_sni); }},
    {"skip-cert-verify",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_bool(at, o.tls.insecure); }},
    {"alpn",
     {"Chrome's", R"(["http/1.1"])"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_strings(at, o.tls.alpn); }},
    {"fingerprint",
     {"none", R"("abababababababababababababababababababababababababababababababab")"},
     status::obeyed,
     read_pin},
    {"tls-resumption",
     {"true", "false"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_bool(at, o.tls.resumption); }},
    {"client-fingerprint",
     {"that of global-client-fingerprint", R"("none")"},
     status::obeyed,
     [](const cursor& at, outbound& o) {
       read_fingerprint(at, o.tls.hello);
       judge_hello(at, o.tls.hello);
     }},
    {"certificate",
     {"", R"("./client.crt")"},
     status::obeyed,
     [](const cursor& at, outbound& o) {
       read_pem_or_path(at, o.tls.client.certificate, o.tls.client.certificate_path);
     }},
    {"private-key",
     {"", R"("./client.key")"},
     status::obeyed,
     [](const cursor& at, outbound& o) {
       read_pem_or_path(at, o.tls.client.key, o.tls.client.key_path);
     }},
    {"ech-opts",
     {"off", R"({"enable": true})"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_ech_opts(at, o.tls.ech); }},
    {"reality-opts", {}, status::refused, nullptr, "the server could not be recognized"},
    {"tls", {}, status::accepted},  // always on
    {"servername", {}, status::later, nullptr, "AnyTLS proxies write it as sni"},
};

/// What does nothing where another outbound makes the connections.
std::vector<std::string_view> dial_fields() {
  std::vector<std::string_view> out;
  for (const auto& f : common_table)
    if (f.name != "dialer-proxy" && f.status == status::obeyed) out.push_back(f.name);
  return out;
}

void require_field(const object_reader& in, std::string_view name, std::string_view what) {
  const node* n = in.place().value->find(name);
  if (!n || n->is_null() || (n->is_scalar() && n->text.empty()))
    in.place().error(fmt::format("{} is missing: {}", name, what));
}

void read_anytls(object_reader& in, outbound& made) {
  made.tls.enabled = true;
  in.fields(anytls_table, made);
  read_pool(in, pool_layer::legacy, made.pool);
  if (const node* n = in.take("session-override")) {
    object_reader own(in.place().at("session-override", *n));
    if (own.ok()) {
      read_pool(own, pool_layer::session_override, made.pool);
      own.finish({});
    }
  }
  require_field(in, "server", "the name or IP address of the AnyTLS server");
  require_field(in, "port", "the port of the AnyTLS server");
  require_field(in, "password", "the password of the AnyTLS server");
}

}  // namespace

void read_pin(const cursor& at, outbound& o) {
  std::string text;
  if (!read_string(at, text) || text.empty()) return;
  o.tls.certificate_sha256 = sha256_hex(text);
  if (o.tls.certificate_sha256.empty())
    at.error(fmt::format(
        "{} is not the SHA-256 of a certificate (64 hex digits); the browser to imitate is "
        "client-fingerprint",
        in_quotes(text)));
}

void read_proxies(const cursor& at, const pool::pool_options& global, client_hello hello,
                  config& into, outbound_names& names) {
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
  std::set<std::string> skipped_types;
  std::size_t skipped = 0;
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    const cursor place = at.at(i);
    object_reader in(place);
    if (!in.ok()) continue;
    outbound made;
    made.location = place.path;
    std::string type;
    const node* name_node = in.take("name");
    const node* type_node = in.take("type");
    if (!name_node || !read_string(place.at("name", *name_node), made.tag) || made.tag.empty())
      place.error("name is missing");
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
                     ? fmt::format("{} is not a proxy type", in_quotes(type))
                     : fmt::format("{} is unknown, did you mean {}?", in_quotes(type), near));
      continue;
    }
    const bool served = index < served_types;
    if (served) made.type = static_cast<outbound_type>(index);
    const auto kind = !served           ? outbound_names::kind::left_out
                      : made.is_proxy() ? outbound_names::kind::proxy
                                        : outbound_names::kind::plain;
    if (!names.add(made.tag, kind, type) && name_node)
      place.at("name", *name_node)
          .error(fmt::format("{} is the name of another proxy", in_quotes(made.tag)));
    if (!served) {
      skipped_types.insert(type);
      ++skipped;
      continue;
    }
    made.pool = global;
    made.tls.hello = hello;
    in.fields(common_table, made);
    warn_beside_detour(place, "dialer-proxy", dial_fields());
    if (made.type == outbound_type::anytls) read_anytls(in, made);
    if (made.type == outbound_type::socks || made.type == outbound_type::http)
      read_mihomo_proxy(in, made);
    in.finish({});
    into.outbounds.push_back(std::move(made));
  }
  if (skipped != 0)
    at.out->warning(
        at.path, 0,
        fmt::format("type {} not available yet, {} left out",
                    fmt::format("{} {}", fmt::join(skipped_types, ", "),
                                skipped_types.size() == 1 ? "is" : "are"),
                    skipped == 1 ? "1 proxy is" : fmt::format("{} proxies are", skipped)));
}

void read_pem_or_path(const cursor& at, std::string& pem, std::string& path) {
  std::string value;
  if (read_string(at, value))
    (value.find("-----BEGIN") != std::string::npos ? pem : path) = std::move(value);
}

}  // namespace anytls::config
