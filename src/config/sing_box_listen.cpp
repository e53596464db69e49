#include "config/sing_box_fields.h"

#include "config/proxy_protocol_fields.h"
#include "config/socket_values.h"
#include "config/value.h"

namespace anytls::config {
namespace {

constexpr field<inbound> listen_table[] = {
    {"listen",
     {"127.0.0.1", R"("::1")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       if (!at.value->text.empty() || !at.value->is_scalar()) read_listen(at, in.listen);
     }},
    {"listen_port",
     {"", "1080"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_port(at, in.port); }},
    {"wait_for_target",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_bool(at, in.wait_for_target); }},
    {"bind_interface",
     {"none", R"("eth1")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_interface(at, in.socket.interface); }},
    {"netns",
     {"none", R"("vpn")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       read_network_namespace(at, in.socket.network_namespace);
     }},
    {"routing_mark",
     {"0", R"("0x1234")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_mark(at, in.socket.routing_mark); }},
    {"detour", {}, status::refused, nullptr, traffic_elsewhere},
    {"reuse_addr",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_bool(at, in.socket.reuse_address); }},
    {"tcp_fast_open",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_switch(at, in.socket.fast_open); }},
    {"tcp_multi_path",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_switch(at, in.socket.multi_path); }},
    {"disable_tcp_keep_alive",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_switch(at, in.socket.keep_alive.disabled); }},
    {"tcp_keep_alive",
     {"15s", R"("5m")"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_keep_alive_time(at, in.socket.keep_alive.idle); }},
    {"tcp_keep_alive_interval",
     {"15s", R"("75s")"},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       read_keep_alive_time(at, in.socket.keep_alive.interval);
     }},
    {"udp_fragment", {"false", "true"}, status::later, nullptr, no_udp},
    {"udp_timeout", {"5m", R"("1m")"}, status::later, nullptr, no_udp},
    {"proxy_protocol",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_proxy_protocol(at, in.proxy_protocol); }},
    {"proxy_protocol_accept_no_header",
     {"false"},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_proxy_optional(at, in.proxy_protocol); }},
    {"sniff", {"false", "true"}, status::later},
    {"sniff_override_destination", {"false", "true"}, status::later},
    {"sniff_timeout", {"300ms", R"("1s")"}, status::accepted},
    {"domain_strategy", {"none", R"("prefer_ipv4")"}, status::later},
    {"udp_disable_domain_unmapping", {"false", "true"}, status::later},
};

}  // namespace

void read_listen_fields(object_reader& in, inbound& into) {
  into.listen = "127.0.0.1";  // as sing-box has it
  in.fields(listen_table, into);
  const node* port = in.place().value->find("listen_port");
  if (in.ok() && (!port || port->is_null())) in.place().error("listen_port is missing");
}

}  // namespace anytls::config
