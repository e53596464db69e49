#include "config/fingerprint.h"
#include "config/mihomo_parts.h"
#include "config/socket_values.h"
#include "config/value.h"

#include <algorithm>
#include <array>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 5> levels{"silent", "error", "warning", "info", "debug"};
constexpr std::array<log::level, 5> level_values{
    log::level::off, log::level::error, log::level::warn, log::level::info, log::level::debug};
constexpr std::array<std::string_view, 4> modes{"rule", "direct", "global", "script"};

struct raw {
  std::uint16_t http = 0;
  std::uint16_t socks = 0;
  std::uint16_t mixed = 0;
  bool allow_lan = false;
  std::string bind_address;  ///< empty = every address
  std::vector<user> users;
  std::size_t mode = 0;
  log::settings log;
  inbound_defaults sockets;
  std::string interface;
  std::uint32_t routing_mark = 0;
  client_hello hello = client_hello::chrome;
  const node* allowed = nullptr;
  const node* disallowed = nullptr;
};

void read_authentication(const cursor& at, std::vector<user>& into) {
  std::vector<std::string> entries;
  if (!read_strings(at, entries)) return;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto colon = entries[i].find(':');
    if (colon == std::string::npos) {
      at.error(fmt::format("entry {} is not user:password", i));
      continue;
    }
    into.push_back({entries[i].substr(0, colon), entries[i].substr(colon + 1)});
  }
}

void take_list(const cursor& at, const node*& into) {
  if (at.value->is_map())
    at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
  else
    into = at.value;
}

constexpr std::string_view left_out = "this section is left out";

constexpr field<raw> table[] = {
    {"port",
     {"0 (none)", "8080"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_port(at, r.http, true); }},
    {"socks-port",
     {"0 (none)", "1080"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_port(at, r.socks, true); }},
    {"mixed-port",
     {"0 (none)", "7890"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_port(at, r.mixed, true); }},
    {"allow-lan",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_bool(at, r.allow_lan); }},
    {"bind-address",
     {"*", R"("127.0.0.1")"},
     status::obeyed,
     [](const cursor& at, raw& r) {
       if (at.value->is_scalar() && (at.value->text == "*" || at.value->text.empty())) return;
       read_listen(at, r.bind_address);
     }},
    {"authentication",
     {"nobody is asked", R"(["u:p"])"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_authentication(at, r.users); }},
    {"log-level",
     {"info", R"("warning")"},
     status::obeyed,
     [](const cursor& at, raw& r) {
       if (const auto i = read_word(at, levels)) r.log.threshold = level_values[*i];
     }},
    {"mode",
     {"rule", R"("direct")"},
     status::obeyed,
     [](const cursor& at, raw& r) {
       const auto i = read_word(at, modes);
       if (!i) return;
       r.mode = *i;
       if (*i > 1)
         at.warning(fmt::format("{} is not available yet, the MATCH rule decides", modes[*i]));
     }},
    {"lan-allowed-ips",
     {"0.0.0.0/0, ::/0", R"(["0.0.0.0/0","::/0"])"},
     status::obeyed,
     [](const cursor& at, raw& r) { take_list(at, r.allowed); }},
    {"lan-disallowed-ips",
     {"none", "[]"},
     status::obeyed,
     [](const cursor& at, raw& r) { take_list(at, r.disallowed); }},
    {"skip-auth-prefixes", {}, status::later, nullptr, "a password is asked of everybody"},
    // nothing is different without these
    {"ipv6", {}, status::accepted},
    {"tcp-concurrent", {}, status::accepted},  // what our dialer does anyway
    {"unified-delay", {}, status::accepted},
    {"find-process-mode", {}, status::accepted},
    {"enable-process", {}, status::accepted},
    {"geodata-mode", {}, status::accepted},
    {"geodata-loader", {}, status::accepted},
    {"geo-auto-update", {}, status::accepted},
    {"geo-update-interval", {}, status::accepted},
    {"geox-url", {}, status::accepted},
    {"geosite-matcher", {}, status::accepted},
    {"global-ua", {}, status::accepted},
    {"etag-support", {}, status::accepted},
    {"profile", {}, status::accepted},
    {"secret", {}, status::accepted},  // external-controller has the warning
    {"external-controller-cors", {}, status::accepted},
    {"external-controller-routing-mark", {}, status::accepted},
    {"external-ui", {}, status::accepted},
    {"external-ui-name", {}, status::accepted},
    {"external-ui-url", {}, status::accepted},
    {"external-doh-server", {}, status::accepted},
    {"rule-providers", {}, status::accepted},  // without rules they do nothing
    {"sub-rules", {}, status::accepted},
    {"clash-for-android", {}, status::accepted},
    {"cfw-latency-url", {}, status::accepted},
    {"cfw-latency-timeout", {}, status::accepted},
    {"cfw-bypass", {}, status::accepted},
    {"ebpf", {}, status::later, nullptr, left_out, off_when::not_switched},
    {"iptables", {}, status::later, nullptr, left_out, off_when::not_switched},
    {"dns",
     {},
     status::later,
     nullptr,
     "names are resolved by the system's resolver",
     off_when::not_switched},
    {"hosts", {}, status::later, nullptr, left_out},
    {"ntp", {}, status::later, nullptr, left_out, off_when::not_switched},
    {"tun", {}, status::later, nullptr, left_out, off_when::not_switched},
    {"sniffer", {}, status::later, nullptr, left_out, off_when::not_switched},
    {"tunnels", {}, status::later, nullptr, left_out},
    {"tls", {}, status::later, nullptr, left_out},
    {"proxy-providers", {}, status::later, nullptr, left_out},
    {"external-controller", {}, status::later, nullptr, "there is no controller"},
    {"external-controller-tls", {}, status::later, nullptr, "there is no controller"},
    {"external-controller-unix", {}, status::later, nullptr, "there is no controller"},
    {"external-controller-pipe", {}, status::later, nullptr, "there is no controller"},
    {"redir-port", {}, status::later, nullptr, "it is not listened on"},
    {"tproxy-port", {}, status::later, nullptr, "it is not listened on"},
    {"ss-config", {}, status::later, nullptr, "it is not listened on"},
    {"vmess-config", {}, status::later, nullptr, "it is not listened on"},
    {"tuic-server", {}, status::later, nullptr, "it is not listened on", off_when::not_switched},
    {"mitm", {}, status::later, nullptr, left_out},
    {"global-client-fingerprint",
     {"chrome", R"("none")"},
     status::obeyed,
     [](const cursor& at, raw& r) {
       read_fingerprint(at, r.hello);
       judge_hello(at, r.hello);
     }},
    {"inbound-tfo",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_switch(at, r.sockets.fast_open); }},
    {"inbound-mptcp",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_switch(at, r.sockets.multi_path); }},
    {"keep-alive-idle",
     {"15", "60"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_keep_alive_time(at, r.sockets.keep_alive.idle); }},
    {"keep-alive-interval",
     {"15", "30"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_keep_alive_time(at, r.sockets.keep_alive.interval); }},
    {"disable-keep-alive",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_switch(at, r.sockets.keep_alive.disabled); }},
    {"interface-name",
     {"none", R"("eth1")"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_interface(at, r.interface); }},
    {"routing-mark",
     {"0", "6666"},
     status::obeyed,
     [](const cursor& at, raw& r) { read_mark(at, r.routing_mark); }},
};

/// Who may connect is a promise to the user: an open port instead is an error.
void check_lan_lists(const object_reader& in, const raw& r) {
  if (!r.allow_lan || (r.http == 0 && r.socks == 0 && r.mixed == 0)) return;
  constexpr std::string_view open = "not available yet, and without it every address could connect";
  const cursor& root = in.place();
  if (r.disallowed && !is_off(*r.disallowed, off_when::empty))
    root.at("lan-disallowed-ips", *r.disallowed).error(open);
  if (!r.allowed || is_off(*r.allowed, off_when::empty)) return;
  bool v4 = false;
  bool v6 = false;
  for (const auto& item : r.allowed->items) {
    v4 = v4 || item->text == "0.0.0.0/0";
    v6 = v6 || item->text == "::/0";
  }
  if (!v4 || !v6) root.at("lan-allowed-ips", *r.allowed).error(open);
}

}  // namespace

general read_general(object_reader& in, config& into) {
  raw r;
  in.fields(table, r);
  check_lan_lists(in, r);
  into.log = r.log;
  const std::string address = !r.allow_lan             ? "127.0.0.1"
                              : r.bind_address.empty() ? "::"
                                                       : r.bind_address;
  const auto listen = [&](std::uint16_t port, inbound_type type, const char* name) {
    if (port == 0) return;
    inbound made;
    made.tag = made.location = name;
    made.type = type;
    made.listen = address;
    made.port = port;
    made.users = r.users;
    r.sockets.apply(made.socket);
    into.inbounds.push_back(std::move(made));
  };
  listen(r.http, inbound_type::http, "port");
  listen(r.socks, inbound_type::socks, "socks-port");
  listen(r.mixed, inbound_type::mixed, "mixed-port");
  dial_defaults dials;
  dials.interface = r.interface;
  dials.routing_mark = r.routing_mark;
  dials.keep_alive = r.sockets.keep_alive;
  return {std::move(r.users), r.mode == 1, std::move(dials), std::move(r.sockets), r.hello};
}

}  // namespace anytls::config
