#include "config/pool_fields.h"
#include "config/proxy_fields.h"
#include "config/sing_box_bounds.h"
#include "config/sing_box_fields.h"
#include "config/suggest.h"
#include "config/value.h"

#include <array>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 23> types{
    "anytls",      "direct",       "block", "socks",  "http",  // order of outbound_type
    "selector",    "urltest",                                  // groups
    "shadowsocks", "shadowsocksr", "vmess", "trojan", "wireguard", "hysteria", "shadowtls", "vless",
    "tuic",        "hysteria2",    "tor",   "ssh",    "dns",       "naive",    "snell",     "bond"};
constexpr std::size_t served_types = 5;
constexpr std::size_t group_types = 7;
constexpr std::string_view served = "anytls, direct, block, socks, http";

constexpr field<outbound> anytls_table[] = {
    {"server",
     {"", R"("b.example")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_host(at, o.server); }},
    {"server_port",
     {"", "8443"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_port(at, o.port); }},
    {"password",
     {"", R"("r")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_string(at, o.password); }},
    {"tls",
     {""},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_tls_client(at, o.tls); }},
    {"network", {}, status::accepted},
};
constexpr field<outbound> direct_table[] = {
    {"override_address",
     {"none", R"("1.0.0.1")"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_host(at, o.override_address); }},
    {"override_port",
     {"0", "53"},
     status::obeyed,
     [](const cursor& at, outbound& o) { read_port(at, o.override_port, true); }},
    {"proxy_protocol", {}, status::refused, nullptr, "targets would see another protocol"},
};

void read_outbound(object_reader& in, outbound& made) {
  switch (made.type) {
    case outbound_type::anytls:
      in.fields(anytls_table, made);
      read_pool(in, pool_layer::sing_box, made.pool);
      read_dial(in, made.dial);
      require(in, "server", "the name or IP address of the AnyTLS server");
      if (const node* n = in.place().value->find("server_port"); !n || n->is_null())
        in.place().error("server_port is missing: the port of the AnyTLS server");
      require(in, "password", "the password of the AnyTLS server");
      if (const node* n = in.place().value->find("tls"); !n || n->is_null())
        in.place().error(
            "tls is missing: AnyTLS is not used without TLS; write \"tls\": {\"enabled\": true}");
      break;
    case outbound_type::direct:
      in.fields(direct_table, made);
      read_dial(in, made.dial);
      break;
    case outbound_type::socks:
    case outbound_type::http:
      read_sing_box_proxy(in, made);
      break;
    case outbound_type::block:
      break;
  }
  in.finish(json_note);
}

/// Members of a selector or urltest; the default of a selector is its first choice.
std::vector<std::string> read_members(object_reader& in) {
  std::vector<std::string> members;
  if (const node* n = in.take("outbounds")) read_strings(in.place().at("outbounds", *n), members);
  std::string preferred;
  if (const node* n = in.take("default")) read_string(in.place().at("default", *n), preferred);
  if (!preferred.empty()) members.insert(members.begin(), preferred);
  return members;
}

}  // namespace

std::string read_outbounds(const cursor& at, config& into, outbound_names& names) {
  std::string first;
  if (!at.value->is_list()) {
    at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
    return first;
  }
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    const cursor place = at.at(i);
    object_reader in(place);
    if (!in.ok()) continue;
    const node* type_node = in.take("type");
    std::string type;
    if (!type_node) {
      place.error(fmt::format("type is missing; one of {}", served));
      continue;
    }
    if (!read_string(place.at("type", *type_node), type)) continue;
    const auto index =
        static_cast<std::size_t>(std::find(types.begin(), types.end(), type) - types.begin());
    if (index == types.size()) {
      const auto near = nearest(type, types);
      place.at("type", *type_node)
          .error(near.empty()
                     ? fmt::format("{} is unknown; one of {}", in_quotes(type), served)
                     : fmt::format("{} is unknown, did you mean {}?", in_quotes(type), near));
      continue;
    }

    outbound made;
    made.tag = fmt::format("{}-{}", type, i);
    const node* tag_node = in.take("tag");
    if (tag_node && !(tag_node->is_scalar() && tag_node->text.empty()))
      read_string(place.at("tag", *tag_node), made.tag);
    if (first.empty()) first = made.tag;
    bool fresh = true;
    if (index < served_types) {
      made.type = static_cast<outbound_type>(index);
      made.location = place.path;
      const auto kind = made.is_proxy() ? outbound_names::kind::proxy : outbound_names::kind::plain;
      fresh = names.add(made.tag, kind, type);
      read_outbound(in, made);
    } else if (index < group_types) {
      fresh = names.add(made.tag, outbound_names::kind::group, type, read_members(in));
    } else {
      fresh = names.add(made.tag, outbound_names::kind::left_out, type);
      place.out->warning("outbounds", 0,
                         fmt::format("type {} is not available yet, it is left out", type));
    }
    if (!fresh)
      place.at("tag", *place.value)
          .error(fmt::format("{} is the tag of another outbound", in_quotes(made.tag)));
    if (index < served_types) into.outbounds.push_back(std::move(made));
  }
  return first;
}

}  // namespace anytls::config
