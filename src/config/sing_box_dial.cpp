#include "config/sing_box_fields.h"

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

constexpr field<dial> dial_table[] = {
    {"connect_timeout",
     {},
     status::obeyed,
     [](const cursor& at, dial& d) {
       duration timeout{};
       if (at.value->text.empty() && at.value->is_scalar()) return;
       if (read_duration(at, timeout, bare_number::refused) && timeout != duration{0})
         d.connect_timeout = timeout;
     }},
    // Before domain_strategy, which wins where both are there. Its `server` belongs to the dns
    // section, which has a warning of its own.
    {"domain_resolver",
     {},
     status::obeyed,
     [](const cursor& at, dial& d) {
       if (!at.value->is_map()) return;
       if (const node* n = at.value->find("strategy"); n && !n->is_null())
         read_strategy(at.at("strategy", *n), d);
     }},
    {"domain_strategy",
     {},
     status::obeyed,
     [](const cursor& at, dial& d) {
       if (!at.value->text.empty() || !at.value->is_scalar()) read_strategy(at, d);
     }},
    {"detour", {}, status::refused, nullptr, traffic_elsewhere},
    {"bind_interface", {}, status::refused, nullptr, traffic_elsewhere},
    {"inet4_bind_address", {}, status::refused, nullptr, traffic_elsewhere},
    {"inet6_bind_address", {}, status::refused, nullptr, traffic_elsewhere},
    {"routing_mark", {}, status::refused, nullptr, traffic_elsewhere},
    {"netns", {}, status::refused, nullptr, traffic_elsewhere},
    {"bind_address_no_port", {}, status::later},
    {"reuse_addr", {}, status::later},
    {"tcp_fast_open", {}, status::later},
    {"tcp_multi_path", {}, status::later},
    {"disable_tcp_keep_alive", {}, status::later},
    {"tcp_keep_alive", {}, status::later},
    {"tcp_keep_alive_interval", {}, status::later},
    {"tcp_keep_alive_count", {}, status::later},
    {"udp_fragment", {}, status::later},
    {"network_strategy", {}, status::later},
    {"network_type", {}, status::later},
    {"fallback_network_type", {}, status::later},
    {"fallback_delay", {}, status::later},
};

}  // namespace

void read_dial(object_reader& in, dial& into) { in.fields(dial_table, into); }

}  // namespace anytls::config
