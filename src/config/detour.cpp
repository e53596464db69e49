#include "config/detour.h"

#include "config/suggest.h"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace anytls::config {
namespace {

std::string place_of(const config& c, const outbound& o) {
  return fmt::format("{}.{}", o.location, detour_word(c.form));
}

using by_tag = std::unordered_map<std::string_view, const outbound*>;

const outbound* next_of(const by_tag& all, const outbound& o) {
  if (o.dial.detour.empty()) return nullptr;
  const auto found = all.find(o.dial.detour);
  return found == all.end() ? nullptr : found->second;
}

/// Every outbound is looked at once, however long the ways are.
void judge_circles(const config& c, const by_tag& all, report& out) {
  std::unordered_map<const outbound*, const outbound*> seen;  // to where the walk began
  for (const auto& start : c.outbounds) {
    const auto* at = &start;
    while (at && seen.try_emplace(at, &start).second) at = next_of(all, *at);
    if (!at || seen[at] != &start) continue;
    auto text = in_quotes(at->tag);
    const auto* one = at;
    for (int shown = 0; shown < 8 && (shown == 0 || one != at); ++shown) {
      one = next_of(all, *one);
      text += fmt::format(" through {}", in_quotes(one->tag));
    }
    out.error(place_of(c, *at), 0, fmt::format("the way leads back to itself: {}", text));
  }
}

}  // namespace

std::string_view detour_word(form f) noexcept {
  return f == form::mihomo ? "dialer-proxy" : "detour";
}

void resolve_detours(outbound_names& names, config& into, report& out) {
  std::unordered_set<std::string> there;
  for (const auto& o : into.outbounds) there.insert(o.tag);
  for (auto& o : into.outbounds) {
    auto& detour = o.dial.detour;
    if (detour.empty()) continue;
    const auto answer = names.resolve(detour);
    if (answer.tag.empty()) {
      out.error(place_of(into, o), 0, answer.why_not);
      detour.clear();
      continue;
    }
    if (answer.chosen)
      out.warning(place_of(into, o), 0,
                  fmt::format("groups are not available yet; {} stands for {}",
                              in_quotes(answer.tag), in_quotes(detour)));
    detour = answer.tag;
    if (there.contains(detour)) continue;
    // One of mihomo's own, which stand in no list.
    if (detour != "DIRECT" && detour != "COMPATIBLE")
      out.error(place_of(into, o), 0,
                fmt::format("{} refuses every connection", in_quotes(detour)));
    detour.clear();
  }
}

void warn_beside_detour(const cursor& place, std::string_view detour,
                        std::span<const std::string_view> others) {
  const node* through = place.value->find(detour);
  if (!through || is_off(*through, off_when::empty)) return;
  for (const auto name : others) {
    const node* n = place.value->find(name);
    if (!n || is_off(*n, off_when::empty)) continue;
    place.at(name, *n).warning(
        fmt::format("does nothing beside {}: the connections are made by {}", detour,
                    through->is_scalar() ? in_quotes(through->text) : "another outbound"));
  }
}

void judge_detours(const config& c, report& out) {
  by_tag all;
  for (const auto& o : c.outbounds) all.try_emplace(o.tag, &o);
  judge_circles(c, all, out);
  for (const auto& o : c.outbounds) {
    const auto* next = next_of(all, o);
    if (!next) continue;
    if (next->type == outbound_type::block)
      out.error(place_of(c, o), 0,
                fmt::format("{} refuses every connection", in_quotes(next->tag)));
    else if (next->type == outbound_type::direct && next->dial == dial{} &&
             next->override_address.empty() && next->override_port == 0)
      out.warning(place_of(c, o), 0,
                  fmt::format("does nothing: {} is a direct outbound without options; sing-box "
                              "refuses to start with it",
                              in_quotes(next->tag)));
    if (next->type == outbound_type::direct && next->dial.socket.fast_open.value_or(false))
      out.warning(
          place_of(c, o), 0,
          fmt::format("{} sends no data in the SYN for other outbounds", in_quotes(next->tag)));
  }
}

}  // namespace anytls::config
