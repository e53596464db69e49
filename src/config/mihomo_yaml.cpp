#include "config/mihomo_yaml.h"

#include "config/detour.h"
#include "config/field.h"
#include "config/mihomo_parts.h"
#include "config/outbound_names.h"
#include "config/pool_fields.h"
#include "config/value.h"
#include "config/yaml_tree.h"

namespace anytls::config {
namespace {

struct nothing {};
constexpr field<nothing> experimental_table[] = {
    {"quic-go-disable-gso", {}, status::accepted},
    {"quic-go-disable-ecn", {}, status::accepted},
    {"dialer-ip4p-convert", {}, status::later},
    {"fingerprints", {}, status::refused, nullptr, "the pinned certificates would not be checked"},
    {"ignore-resolve-fail", {}, status::accepted},
    {"sniff-tls-sni", {}, status::accepted},
    {"udp-fallback-match", {}, status::accepted},
};

/// experimental.anytls-session-management: what every AnyTLS proxy starts from.
pool::pool_options read_experimental(const cursor& at) {
  pool::pool_options global;
  object_reader in(at);
  if (!in.ok()) return global;
  nothing none;
  in.fields(experimental_table, none);
  if (const node* n = in.take("anytls-session-management")) {
    object_reader session(at.at("anytls-session-management", *n));
    if (session.ok()) {
      read_pool(session, pool_layer::global, global);
      session.finish({});
    }
  }
  in.finish({});
  return global;
}

}  // namespace

config read_mihomo(std::string_view text, report& out) {
  config made;
  made.form = form::mihomo;
  const tree parsed = parse_yaml(text);
  if (!parsed.root) {
    out.error({}, parsed.line, parsed.error);
    return made;
  }
  const cursor root{&out, parsed.root.get(), {}, true};
  if (!parsed.root->is_map()) {
    root.error("this is neither a sing-box JSON object nor a mihomo YAML map");
    return made;
  }
  refuse_duplicates(root);

  object_reader in(root);
  const general g = read_general(in, made);
  if (const node* n = in.take("listeners")) read_listeners(root.at("listeners", *n), g, made);
  pool::pool_options global;
  if (const node* n = in.take("experimental"))
    global = read_experimental(root.at("experimental", *n));

  outbound_names names;
  add_built_in(names);
  std::vector<std::string> all;
  if (const node* n = in.take("proxies")) {
    read_proxies(root.at("proxies", *n), global, g.hello, made, names);
    for (const auto& item : n->items)
      if (const node* name = item->find("name")) all.push_back(name->text);
  }
  if (const node* n = in.take("proxy-groups")) read_groups(root.at("proxy-groups", *n), all, names);
  const node* rules = in.take("rules");
  in.finish("x-");
  resolve_detours(names, made, out);
  read_rules(root, rules, g.direct_mode, all, names, made);
  for (auto& one : made.outbounds) g.dials.apply(one.dial);
  return made;
}

}  // namespace anytls::config
