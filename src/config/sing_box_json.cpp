#include "config/sing_box_json.h"

#include "config/detour.h"
#include "config/field.h"
#include "config/json_tree.h"
#include "config/outbound_names.h"
#include "config/sing_box_bounds.h"
#include "config/socket_values.h"
#include "config/suggest.h"
#include "config/value.h"

#include <array>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 7> levels{"trace", "debug", "info", "warn",
                                                 "error", "fatal", "panic"};

constexpr field<log::settings> log_table[] = {
    {"level",
     {"info", R"("warn")"},
     status::obeyed,
     [](const cursor& at, log::settings& s) {
       if (at.value->is_scalar() && at.value->text.empty()) return;
       if (const auto i = read_word(at, levels))
         s.threshold = static_cast<log::level>(
             std::min<std::size_t>(*i, static_cast<std::size_t>(log::level::fatal)));
     }},
    {"timestamp",
     {"true", "false"},
     status::obeyed,
     [](const cursor& at, log::settings& s) { read_bool(at, s.timestamp); }},
    {"output",
     {"standard error", R"("stdout")"},
     status::obeyed,
     [](const cursor& at, log::settings& s) {
       if (!read_string(at, s.output)) return;
       if (s.output == "stderr") s.output.clear();
       if (s.output == "stdout") s.output = "/dev/stdout";
     }},
    {"disabled",
     {"false", "true"},
     status::obeyed,  // after level: it wins
     [](const cursor& at, log::settings& s) {
       bool disabled = false;
       if (read_bool(at, disabled) && disabled) s.threshold = log::level::off;
     }},
};

struct route {
  std::string final;
  std::size_t rules = 0;
  bool auto_detect_interface = false;
  dial_defaults dials;
};

constexpr field<route> route_table[] = {
    {"final",
     {"the first outbound", R"("out")"},
     status::obeyed,
     [](const cursor& at, route& r) { read_string(at, r.final); }},
    {"rules",
     {"none", "[]"},
     status::obeyed,
     [](const cursor& at, route& r) {
       if (at.value->is_scalar())
         return at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
       r.rules = at.value->is_list() ? at.value->items.size() : 1;
     }},
    {"rule_set", {}, status::accepted},  // without rules it does nothing
    {"geoip", {}, status::accepted},
    {"geosite", {}, status::accepted},
    // There is no tun to loop through; but default_interface has no effect beside it.
    {"auto_detect_interface",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, route& r) { read_bool(at, r.auto_detect_interface); }},
    {"override_android_vpn", {}, status::accepted},
    {"find_process", {}, status::accepted},
    {"find_neighbor", {}, status::accepted},
    {"dhcp_lease_files", {}, status::accepted},
    {"default_http_client", {}, status::accepted},
    {"default_domain_resolver", {}, status::accepted},  // the dns section has its warning
    {"default_interface",
     {"none", R"("eth1")"},
     status::obeyed,
     [](const cursor& at, route& r) {
       read_interface(at, r.dials.interface);
       if (!r.auto_detect_interface || r.dials.interface.empty()) return;
       at.warning("it takes no effect beside auto_detect_interface; the routes decide");
       r.dials.interface.clear();
     }},
    {"default_mark",
     {"0", R"("0x1234")"},
     status::obeyed,
     [](const cursor& at, route& r) { read_mark(at, r.dials.routing_mark); }},
    {"default_network_strategy",
     {"default", R"("hybrid")"},
     status::later,
     nullptr,
     graphical_only},
    {"default_network_type", {"none", R"(["wifi"])"}, status::later, nullptr, graphical_only},
    {"default_fallback_network_type",
     {"none", R"(["cellular"])"},
     status::later,
     nullptr,
     graphical_only},
    {"default_fallback_delay",
     {"250ms", R"("300ms")"},
     status::obeyed,
     [](const cursor& at, route& r) { read_fallback_delay(at, r.dials.fallback_delay); }},
};

constexpr std::string_view left_out = "this section is left out";

struct nothing {};
constexpr field<nothing> other_sections[] = {
    {"$schema", {}, status::accepted},
    {"dns", {}, status::later, nullptr, "names are resolved by the system's resolver"},
    {"ntp", {}, status::later, nullptr, left_out, off_when::not_switched},
    {"certificate", {}, status::later, nullptr, left_out},
    {"certificate_providers", {}, status::later, nullptr, left_out},
    {"http_clients", {}, status::accepted},
    {"services", {}, status::later, nullptr, left_out},
    {"experimental", {}, status::later, nullptr, left_out},
};

void read_endpoints(const cursor& at, outbound_names& names) {
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
  if (at.value->items.empty()) return;
  at.warning("not available yet, this section is left out");
  for (const auto& item : at.value->items) {
    const node* type = item->find("type");
    const node* tag = item->find("tag");
    if (tag && tag->is_scalar())
      names.add(tag->text, outbound_names::kind::left_out, type ? type->text : "endpoint");
  }
}

void resolve_final(const cursor& root, const node* route_node, const route& r,
                   const std::string& first, outbound_names& names, config& into) {
  const bool named = !r.final.empty();
  const std::string path = named ? "route.final" : "outbounds";
  if (!named && first.empty()) {
    if (root.out->has_errors()) return;
    into.outbounds.push_back({});
    into.outbounds.back().tag = "direct";
    into.final_outbound = "direct";
  } else {
    const auto a = names.resolve(named ? r.final : first);
    if (a.tag.empty()) {
      root.out->error(path, 0, a.why_not);
      return;
    }
    into.final_outbound = a.tag;
    if (a.chosen)
      root.out->warning(path, 0,
                        fmt::format("groups are not available yet; {} stands for {}",
                                    in_quotes(a.tag), in_quotes(named ? r.final : first)));
  }
  if (route_node && r.rules != 0)
    root.out->warning(
        "route.rules", 0,
        fmt::format("not available yet, {} rule{} skipped: all traffic goes to {}", r.rules,
                    r.rules == 1 ? " is" : "s are", in_quotes(into.final_outbound)));
}

}  // namespace

config read_sing_box(std::string_view text, report& out) {
  config made;
  made.form = form::sing_box;
  const tree parsed = parse_json(text);
  if (!parsed.root) {
    out.error({}, parsed.line, parsed.error);
    return made;
  }
  const cursor root{&out, parsed.root.get(), {}, false};
  object_reader in(root);
  if (!in.ok()) return made;
  refuse_duplicates(root);

  if (const node* n = in.take("log")) {
    object_reader log_in(root.at("log", *n));
    if (log_in.ok()) {
      log_in.fields(log_table, made.log);
      log_in.finish(json_note);
    }
  }
  nothing none;
  in.fields(other_sections, none);
  if (const node* n = in.take("inbounds")) read_inbounds(root.at("inbounds", *n), made);
  outbound_names names;
  if (const node* n = in.take("endpoints")) read_endpoints(root.at("endpoints", *n), names);
  std::string first;
  if (const node* n = in.take("outbounds"))
    first = read_outbounds(root.at("outbounds", *n), made, names);
  route r;
  const node* route_node = in.take("route");
  if (route_node) {
    object_reader route_in(root.at("route", *route_node));
    if (route_in.ok()) {
      route_in.fields(route_table, r);
      route_in.finish(json_note);
    }
  }
  in.finish(json_note);
  resolve_detours(names, made, out);
  resolve_final(root, route_node, r, first, names, made);
  for (auto& one : made.outbounds) r.dials.apply(one.dial);
  return made;
}

}  // namespace anytls::config
