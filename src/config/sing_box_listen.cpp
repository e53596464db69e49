#include "config/sing_box_fields.h"

#include "config/value.h"

namespace anytls::config {
namespace {

constexpr field<inbound> listen_table[] = {
    {"listen",
     {},
     status::obeyed,
     [](const cursor& at, inbound& in) {
       if (!at.value->text.empty() || !at.value->is_scalar()) read_listen(at, in.listen);
     }},
    {"listen_port",
     {},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_port(at, in.port); }},
    {"wait_for_target",
     {},
     status::obeyed,
     [](const cursor& at, inbound& in) { read_bool(at, in.wait_for_target); }},
    {"bind_interface", {}, status::refused, nullptr, "it would listen on more than was asked for"},
    {"netns", {}, status::refused, nullptr, "it would listen somewhere else"},
    {"routing_mark", {}, status::refused, nullptr, traffic_elsewhere},
    {"detour", {}, status::refused, nullptr, traffic_elsewhere},
    {"reuse_addr", {}, status::later},
    {"tcp_fast_open", {}, status::later},
    {"tcp_multi_path", {}, status::later},
    {"disable_tcp_keep_alive", {}, status::later},
    {"tcp_keep_alive", {}, status::later},
    {"tcp_keep_alive_interval", {}, status::later},
    {"udp_fragment", {}, status::later},
    {"udp_timeout", {}, status::later},
    {"proxy_protocol", {}, status::refused, nullptr, "connections could not be read"},
    {"proxy_protocol_accept_no_header", {}, status::accepted},
    {"sniff", {}, status::later},
    {"sniff_override_destination", {}, status::later},
    {"sniff_timeout", {}, status::accepted},
    {"domain_strategy", {}, status::later},
    {"udp_disable_domain_unmapping", {}, status::later},
};

}  // namespace

void read_listen_fields(object_reader& in, inbound& into) {
  into.listen = "127.0.0.1";  // as sing-box has it
  in.fields(listen_table, into);
  const node* port = in.place().value->find("listen_port");
  if (in.ok() && (!port || port->is_null())) in.place().error("listen_port is missing");
}

}  // namespace anytls::config
