#include "config/sing_box_fields.h"
#include "config/socket_values.h"

#include "config/detour.h"
#include "config/value.h"

#include <array>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 5> strategies{"", "prefer_ipv4", "prefer_ipv6", "ipv4_only",
                                                     "ipv6_only"};

void read_strategy(const cursor& at, dial& d) {
  if (const auto index = read_word(at, strategies))
    d.strategy = static_cast<domain_strategy>(*index);
}

constexpr field<dial> resolver_table[] = {
    {"server", {}, status::accepted},  // of the dns section, which has a warning of its own
    {"strategy", {"none", R"("ipv4_only")"}, status::obeyed, read_strategy},
    {"disable_cache", {"false", "true"}, status::later},
    {"rewrite_ttl", {"", "60"}, status::later},
    {"client_subnet", {"", R"("1.2.3.0/24")"}, status::later},
    {"timeout", {"10s", R"("5s")"}, status::later},
};

void read_resolver(const cursor& at, dial& d) {
  std::string server;
  if (!at.value->is_map()) return void(read_string(at, server));
  object_reader in(at);
  in.fields(resolver_table, d);
  in.finish(json_note);
}

constexpr field<dial> dial_table[] = {
    {"connect_timeout",
     {"5s", R"("3s")"},
     status::obeyed,
     [](const cursor& at, dial& d) {
       duration timeout{};
       if (at.value->text.empty() && at.value->is_scalar()) return;
       if (read_duration(at, timeout, bare_number::refused) && timeout != duration{0})
         d.connect_timeout = timeout;
     }},
    // Before domain_strategy, which wins where both are there.
    {"domain_resolver", {"none", R"("local")"}, status::obeyed, read_resolver},
    {"domain_strategy",
     {"none", R"("prefer_ipv4")"},
     status::obeyed,
     [](const cursor& at, dial& d) {
       if (!at.value->text.empty() || !at.value->is_scalar()) read_strategy(at, d);
     }},
    {"detour",
     {"none", R"("proxy")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_string(at, d.detour); }},
    {"bind_interface",
     {"none", R"("eth1")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_interface(at, d.socket.interface); }},
    {"inet4_bind_address",
     {"none", R"("192.0.2.7")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_ipv4(at, d.ipv4_source); }},
    {"inet6_bind_address",
     {"none", R"("2001:db8::7")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_ipv6(at, d.ipv6_source); }},
    {"bind_address_no_port",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_bool(at, d.source_without_port); }},
    {"routing_mark",
     {"0", R"("0x1234")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_mark(at, d.socket.routing_mark); }},
    {"reuse_addr",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_bool(at, d.socket.reuse_address); }},
    {"netns",
     {"none", R"("vpn")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_network_namespace(at, d.socket.network_namespace); }},
    {"tcp_fast_open",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_switch(at, d.socket.fast_open); }},
    {"tcp_multi_path",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_switch(at, d.socket.multi_path); }},
    {"disable_tcp_keep_alive",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_switch(at, d.socket.keep_alive.disabled); }},
    {"tcp_keep_alive",
     {"15s", R"("5m")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_keep_alive_time(at, d.socket.keep_alive.idle); }},
    {"tcp_keep_alive_interval",
     {"15s", R"("75s")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_keep_alive_time(at, d.socket.keep_alive.interval); }},
    {"tcp_keep_alive_count",
     {"3", "9"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_keep_alive_count(at, d.socket.keep_alive.count); }},
    {"udp_fragment", {"false", "true"}, status::later, nullptr, no_udp},
    {"network_strategy", {"default", R"("hybrid")"}, status::later, nullptr, graphical_only},
    {"network_type", {"none", R"(["wifi"])"}, status::later, nullptr, graphical_only},
    {"fallback_network_type", {"none", R"(["cellular"])"}, status::later, nullptr, graphical_only},
    {"fallback_delay",
     {"250ms", R"("300ms")"},
     status::obeyed,
     [](const cursor& at, dial& d) { read_fallback_delay(at, d.fallback_delay); }},
};

}  // namespace

void read_dial(object_reader& in, dial& into) {
  in.fields(dial_table, into);
  std::vector<std::string_view> others;
  for (const auto& f : dial_table)
    if (f.name != "detour" && f.name != "connect_timeout" && f.status == status::obeyed)
      others.push_back(f.name);
  warn_beside_detour(in.place(), "detour", others);
}

}  // namespace anytls::config
