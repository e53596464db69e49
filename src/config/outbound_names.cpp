#include "config/outbound_names.h"

#include "config/suggest.h"

#include <fmt/format.h>

#include <utility>

namespace anytls::config {
namespace {

/// Chains of groups deeper than this are refused: the walk is recursive.
constexpr std::size_t deepest_group = 64;

}  // namespace

bool outbound_names::add(const std::string& name, kind k, std::string type,
                         std::vector<std::string> members) {
  return entries_.try_emplace(name, entry{k, std::move(type), std::move(members)}).second;
}

std::vector<std::string_view> outbound_names::names() const {
  std::vector<std::string_view> out;
  out.reserve(entries_.size());
  for (const auto& [name, e] : entries_) out.push_back(name);
  return out;
}

outbound_names::answer outbound_names::resolve(const std::string& name) { return resolve(name, 0); }

outbound_names::answer outbound_names::resolve(const std::string& name, std::size_t depth) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    const auto known = names();
    const auto near = nearest(name, known);
    return {{},
            near.empty() ? fmt::format("there is no outbound {}", in_quotes(name))
                         : fmt::format("there is no outbound {}, did you mean {}?", in_quotes(name),
                                       in_quotes(near)),
            false};
  }
  auto& e = found->second;
  switch (e.kind) {
    case kind::proxy:
    case kind::plain:
      return {name, {}, false};
    case kind::left_out:
      return {{},
              fmt::format("all traffic would go through {}, but {} is not available yet",
                          in_quotes(name), e.type),
              false};
    case kind::group:
      break;
  }
  if (e.at == entry::state::done) return e.result;
  if (e.at == entry::state::busy)
    return {{}, fmt::format("group {} contains itself", in_quotes(name)), false};
  if (depth >= deepest_group) return {{}, "groups are nested too deeply", false};
  e.at = entry::state::busy;
  auto result = resolve_group(name, e, depth);
  e.at = entry::state::done;
  e.result = result;
  return result;
}

outbound_names::answer outbound_names::resolve_group(const std::string& name, const entry& group,
                                                     std::size_t depth) {
  std::string first_reason;
  for (const auto& member : group.members) {
    auto a = resolve(member, depth + 1);
    if (!a.tag.empty()) {
      const auto leaf = entries_.find(a.tag);
      const bool plain = leaf != entries_.end() && leaf->second.kind == kind::plain;
      if (plain && !first_reason.empty()) continue;  // see the header
      a.chosen = a.chosen || group.members.size() > 1;
      return a;
    }
    if (first_reason.empty()) first_reason = std::move(a.why_not);
  }
  if (first_reason.empty())
    return {
        {}, fmt::format("group {} has no members that are in this file", in_quotes(name)), false};
  return {
      {}, fmt::format("group {} has no usable member: {}", in_quotes(name), first_reason), false};
}

}  // namespace anytls::config
