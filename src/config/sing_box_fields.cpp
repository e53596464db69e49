#include "config/sing_box_fields.h"

#include "config/suggest.h"
#include "config/value.h"

#include <array>
#include <optional>

namespace anytls::config {
namespace {

constexpr auto switched = off_when::not_switched;

template <typename T>
constexpr void (*read_alpn)(const cursor&, T&) =
    [](const cursor& at, T& t) { read_strings(at, t.alpn); };

void tls_enabled(const cursor& at, bool& enabled) {
  if (!read_bool(at, enabled)) enabled = true;  // said already
}

constexpr field<tls_client> client_table[] = {
    {"enabled", status::obeyed,
     [](const cursor& at, tls_client& t) { tls_enabled(at, t.enabled); }},
    {"server_name", status::obeyed,
     [](const cursor& at, tls_client& t) { read_host(at, t.server_name); }},
    {"disable_sni", status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.disable_sni); }},
    {"insecure", status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.insecure); }},
    {"alpn", status::obeyed, read_alpn<tls_client>},
    {"min_version", status::obeyed,
     [](const cursor& at, tls_client& t) { read_min_version(at, t.min_version); }},
    {"max_version", status::obeyed,
     [](const cursor& at, tls_client& t) { read_max_version(at, t.max_version); }},
    {"certificate", status::obeyed,
     [](const cursor& at, tls_client& t) { read_lines(at, t.certificate); }},
    {"certificate_path", status::obeyed,
     [](const cursor& at, tls_client& t) { read_string(at, t.certificate_path); }},
    {"resumption", status::obeyed,
     [](const cursor& at, tls_client& t) { read_bool(at, t.resumption); }},
    {"cipher_suites", status::later},
    {"curve_preferences", status::later},
    {"certificate_public_key_sha256", status::refused, nullptr,
     "the pinned key would not be checked"},
    {"client_certificate", status::refused, nullptr,
     "the server would not see the client's certificate"},
    {"client_certificate_path", status::refused, nullptr,
     "the server would not see the client's certificate"},
    {"client_key", status::refused, nullptr, "the server would not see the client's certificate"},
    {"client_key_path", status::refused, nullptr,
     "the server would not see the client's certificate"},
    {"fragment", status::later},
    {"fragment_fallback_delay", status::accepted},
    {"record_fragment", status::later},
    {"kernel_tx", status::later},
    {"kernel_rx", status::later},
    {"ech", status::refused, nullptr, "the server name would be sent in the clear", switched},
    {"utls", status::later, nullptr, {}, switched},
    {"reality", status::refused, nullptr, "the server could not be recognized", switched},
};

struct server_and_switch {
  tls_server* tls;
  bool enabled = false;
  std::string client_authentication;
};
using sas = server_and_switch;

constexpr std::string_view no_client_check = "clients would not be asked for a certificate";

constexpr field<sas> server_table[] = {
    {"enabled", status::obeyed, [](const cursor& at, sas& t) { tls_enabled(at, t.enabled); }},
    {"server_name", status::obeyed,
     [](const cursor& at, sas& t) { read_host(at, t.tls->server_name); }},
    {"alpn", status::obeyed, [](const cursor& at, sas& t) { read_strings(at, t.tls->alpn); }},
    {"min_version", status::obeyed,
     [](const cursor& at, sas& t) { read_min_version(at, t.tls->min_version); }},
    {"max_version", status::obeyed,
     [](const cursor& at, sas& t) { read_max_version(at, t.tls->max_version); }},
    {"certificate", status::obeyed,
     [](const cursor& at, sas& t) { read_lines(at, t.tls->certificate); }},
    {"certificate_path", status::obeyed,
     [](const cursor& at, sas& t) { read_string(at, t.tls->certificate_path); }},
    {"key", status::obeyed, [](const cursor& at, sas& t) { read_lines(at, t.tls->key); }},
    {"key_path", status::obeyed,
     [](const cursor& at, sas& t) { read_string(at, t.tls->key_path); }},
    {"client_authentication", status::obeyed,
     [](const cursor& at, sas& t) {
       if (read_string(at, t.client_authentication) && !t.client_authentication.empty() &&
           t.client_authentication != "no")
         at.error(fmt::format("not available yet, and without it {}", no_client_check));
     }},
    {"client_certificate", status::refused, nullptr, no_client_check},
    {"client_certificate_path", status::refused, nullptr, no_client_check},
    {"client_certificate_public_key_sha256", status::refused, nullptr, no_client_check},
    {"cipher_suites", status::later},
    {"curve_preferences", status::later},
    {"kernel_tx", status::later},
    {"kernel_rx", status::later},
    {"acme", status::refused, nullptr,
     "there is no certificate; write certificate_path and key_path"},
    {"ech", status::refused, nullptr, "clients with ECH could not connect", switched},
    {"reality", status::refused, nullptr, "clients with REALITY could not connect", switched},
    {"insecure", status::accepted},
    {"disable_sni", status::accepted},
};

constexpr std::array<std::string_view, 5> strategies{"", "prefer_ipv4", "prefer_ipv6", "ipv4_only",
                                                     "ipv6_only"};

void read_strategy(const cursor& at, dial& d) {
  if (const auto index = read_word(at, strategies))
    d.strategy = static_cast<domain_strategy>(*index);
}

constexpr std::string_view elsewhere = "traffic would leave by another way";

constexpr field<dial> dial_table[] = {
    {"connect_timeout", status::obeyed,
     [](const cursor& at, dial& d) {
       duration timeout{};
       if (at.value->text.empty() && at.value->is_scalar()) return;
       if (read_duration(at, timeout, bare_number::refused) && timeout != duration{0})
         d.connect_timeout = timeout;
     }},
    // Before domain_strategy, which wins where both are there. Its `server` belongs to the dns
    // section, which has a warning of its own.
    {"domain_resolver", status::obeyed,
     [](const cursor& at, dial& d) {
       if (!at.value->is_map()) return;
       if (const node* n = at.value->find("strategy"); n && !n->is_null())
         read_strategy(at.at("strategy", *n), d);
     }},
    {"domain_strategy", status::obeyed,
     [](const cursor& at, dial& d) {
       if (!at.value->text.empty() || !at.value->is_scalar()) read_strategy(at, d);
     }},
    {"detour", status::refused, nullptr, elsewhere},
    {"bind_interface", status::refused, nullptr, elsewhere},
    {"inet4_bind_address", status::refused, nullptr, elsewhere},
    {"inet6_bind_address", status::refused, nullptr, elsewhere},
    {"routing_mark", status::refused, nullptr, elsewhere},
    {"netns", status::refused, nullptr, elsewhere},
    {"bind_address_no_port", status::later},
    {"reuse_addr", status::later},
    {"tcp_fast_open", status::later},
    {"tcp_multi_path", status::later},
    {"disable_tcp_keep_alive", status::later},
    {"tcp_keep_alive", status::later},
    {"tcp_keep_alive_interval", status::later},
    {"tcp_keep_alive_count", status::later},
    {"udp_fragment", status::later},
    {"network_strategy", status::later},
    {"network_type", status::later},
    {"fallback_network_type", status::later},
    {"fallback_delay", status::later},
};

constexpr field<inbound> listen_table[] = {
    {"listen", status::obeyed,
     [](const cursor& at, inbound& in) {
       if (!at.value->text.empty() || !at.value->is_scalar()) read_listen(at, in.listen);
     }},
    {"listen_port", status::obeyed, [](const cursor& at, inbound& in) { read_port(at, in.port); }},
    {"wait_for_target", status::obeyed,
     [](const cursor& at, inbound& in) { read_bool(at, in.wait_for_target); }},
    {"bind_interface", status::refused, nullptr, "it would listen on more than was asked for"},
    {"netns", status::refused, nullptr, "it would listen somewhere else"},
    {"routing_mark", status::refused, nullptr, elsewhere},
    {"detour", status::refused, nullptr, elsewhere},
    {"reuse_addr", status::later},
    {"tcp_fast_open", status::later},
    {"tcp_multi_path", status::later},
    {"disable_tcp_keep_alive", status::later},
    {"tcp_keep_alive", status::later},
    {"tcp_keep_alive_interval", status::later},
    {"udp_fragment", status::later},
    {"udp_timeout", status::later},
    {"proxy_protocol", status::refused, nullptr, "connections could not be read"},
    {"proxy_protocol_accept_no_header", status::accepted},
    {"sniff", status::later},
    {"sniff_override_destination", status::later},
    {"sniff_timeout", status::accepted},
    {"domain_strategy", status::later},
    {"udp_disable_domain_unmapping", status::later},
};

constexpr std::string_view write_enabled =
    "AnyTLS is not used without TLS; write \"enabled\": true";

}  // namespace

void read_tls_client(const cursor& at, tls_client& into) {
  object_reader in(at);
  if (!in.ok()) return;
  in.fields(client_table, into);
  in.finish(json_note);
  if (!into.enabled) at.out->error(at.path + ".enabled", 0, write_enabled);
}

void read_tls_server(const cursor& at, tls_server& into) {
  object_reader in(at);
  if (!in.ok()) return;
  sas both{&into, false, {}};
  in.fields(server_table, both);
  in.finish(json_note);
  if (!both.enabled) at.out->error(at.path + ".enabled", 0, write_enabled);
  const bool acme =
      at.value->find("acme") || at.value->find("reality");  // their own message is enough
  if (into.certificate.empty() && into.certificate_path.empty() && !acme)
    at.error("certificate_path is missing; `anytls generate certificate` makes one");
  if (into.key.empty() && into.key_path.empty() && !acme) at.error("key_path is missing");
}

void read_dial(object_reader& in, dial& into) { in.fields(dial_table, into); }

void read_listen_fields(object_reader& in, inbound& into) {
  into.listen = "127.0.0.1";  // as sing-box has it
  in.fields(listen_table, into);
  const node* port = in.place().value->find("listen_port");
  if (in.ok() && (!port || port->is_null())) in.place().error("listen_port is missing");
}

void require(const object_reader& in, std::string_view name, std::string_view what) {
  const node* n = in.place().value->find(name);
  if (!n || n->is_null())
    in.place().error(fmt::format("{} is missing: {}", name, what));
  else if (n->is_scalar() && n->text.empty())
    in.place().at(name, *n).error(fmt::format("must not be empty: {}", what));
}

}  // namespace anytls::config
