#include "config/mihomo_parts.h"
#include "config/suggest.h"
#include "config/value.h"

#include <algorithm>
#include <array>
#include <utility>

namespace anytls::config {
namespace {

constexpr std::array<std::string_view, 6> group_types{"select",       "url-test", "fallback",
                                                      "load-balance", "smart",    "relay"};

struct group {
  std::vector<std::string> members;
  bool all = false;
};

constexpr std::string_view unfiltered = "every member is taken";
constexpr field<group> group_table[] = {
    {"proxies",
     {"", R"(["DIRECT"])"},
     status::obeyed,
     [](const cursor& at, group& g) { read_strings(at, g.members); }},
    {"include-all",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, group& g) { read_bool(at, g.all); }},
    {"include-all-proxies",
     {"false", "true"},
     status::obeyed,
     [](const cursor& at, group& g) {
       bool all = false;
       if (read_bool(at, all)) g.all = g.all || all;
     }},
    {"filter", {}, status::later, nullptr, unfiltered},
    {"exclude-filter", {}, status::later, nullptr, unfiltered},
    {"exclude-type", {}, status::later, nullptr, unfiltered},
    {"interface-name", {}, status::refused, nullptr, "traffic would leave by another way"},
    {"routing-mark", {}, status::refused, nullptr, "traffic would leave by another way"},
    // how a group chooses: the message about its first member covers these
    {"use", {}, status::accepted},
    {"include-all-providers", {}, status::accepted},
    {"url", {}, status::accepted},
    {"interval", {}, status::accepted},
    {"tolerance", {}, status::accepted},
    {"lazy", {}, status::accepted},
    {"timeout", {}, status::accepted},
    {"max-failed-times", {}, status::accepted},
    {"expected-status", {}, status::accepted},
    {"disable-udp", {}, status::accepted},
    {"strategy", {}, status::accepted},
    {"hidden", {}, status::accepted},
    {"icon", {}, status::accepted},
    {"empty-fallback", {}, status::accepted},
    {"policy-priority", {}, status::accepted},
    {"uselightgbm", {}, status::accepted},
    {"collectdata", {}, status::accepted},
};

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The target of "MATCH,target"; false for every other rule.
bool is_match(std::string_view rule, std::string& target) {
  const auto comma = rule.find(',');
  auto type = std::string(trimmed(rule.substr(0, comma)));
  for (char& c : type)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (type != "MATCH" || comma == std::string_view::npos) return false;
  const auto rest = rule.substr(comma + 1);
  target = std::string(trimmed(rest.substr(0, rest.find(','))));
  return true;
}

/// DIRECT and its relatives become outbounds when traffic goes there.
void make_built_in(config& into) {
  const auto& tag = into.final_outbound;
  if (into.final()) return;
  outbound made;
  made.tag = tag;
  made.type = tag == "DIRECT" || tag == "COMPATIBLE" ? outbound_type::direct : outbound_type::block;
  into.outbounds.push_back(std::move(made));
}

/// Without MATCH mihomo sends what is left directly. Here every other rule is skipped, so that
/// would be everything, in the clear: the first proxy is the safe reading.
void without_match(const cursor& root, const std::vector<std::string>& all_proxies,
                   outbound_names& names, config& into) {
  for (const auto& o : into.outbounds)
    if (o.is_proxy()) {
      into.final_outbound = o.tag;
      root.out->warning(
          "rules", 0,
          fmt::format("there is no MATCH rule: all traffic goes to {}, the first proxy",
                      in_quotes(o.tag)));
      return;
    }
  for (const auto& name : all_proxies)
    if (const auto a = names.resolve(name); a.tag.empty()) {
      root.out->error("rules", 0,
                      fmt::format("there is no MATCH rule and no usable proxy: {}", a.why_not));
      return;
    }
  into.final_outbound = "DIRECT";
}

}  // namespace

void add_built_in(outbound_names& names) {
  for (const char* name : {"DIRECT", "REJECT", "REJECT-DROP", "COMPATIBLE"})
    names.add(name, outbound_names::kind::plain, name);
  names.add("PASS", outbound_names::kind::left_out, "PASS");
}

void read_groups(const cursor& at, const std::vector<std::string>& all_proxies,
                 outbound_names& names) {
  if (!at.value->is_list())
    return at.error(fmt::format("expected a list, found {}", kind_in_words(*at.value)));
  // Groups x proxies: a file of a megabyte could ask for gigabytes.
  constexpr std::size_t most_copied = 1'000'000;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < at.value->items.size(); ++i) {
    const cursor place = at.at(i);
    object_reader in(place);
    if (!in.ok()) continue;
    std::string name;
    const node* name_node = in.take("name");
    if (!name_node || !read_string(place.at("name", *name_node), name) || name.empty()) {
      place.error("name is missing");
      continue;
    }
    const node* type_node = in.take("type");
    if (!type_node) {
      place.error(fmt::format("type is missing; one of {}", fmt::join(group_types, ", ")));
      continue;
    }
    const auto type = read_word(place.at("type", *type_node), group_types);
    if (!type) continue;
    group g;
    in.fields(group_table, g);
    in.finish({});
    if (g.all) {
      copied += all_proxies.size();
      if (copied > most_copied) return place.error("too many members in groups with include-all");
      g.members.insert(g.members.end(), all_proxies.begin(), all_proxies.end());
    }
    const bool relay = group_types[*type] == "relay";  // a chain: one member of it is another way
    if (!names.add(name, relay ? outbound_names::kind::left_out : outbound_names::kind::group,
                   relay ? "a relay group" : std::string(group_types[*type]), std::move(g.members)))
      place.at("name", *name_node)
          .error(fmt::format("{} is the name of another proxy or group", in_quotes(name)));
  }
}

void read_rules(const cursor& root, const node* rules, bool direct_mode,
                const std::vector<std::string>& all_proxies, outbound_names& names, config& into) {
  std::size_t skipped = 0;
  std::string target;
  bool found = false;
  cursor place = root;
  if (rules && !rules->is_list()) {
    root.at("rules", *rules).error(fmt::format("expected a list, found {}", kind_in_words(*rules)));
    return;
  }
  for (std::size_t i = 0; rules && i < rules->items.size() && !found; ++i) {
    const cursor rule = root.at("rules", *rules).at(i);
    std::string text;
    if (!read_string(rule, text)) continue;
    found = is_match(text, target);
    if (found)
      place = rule;
    else
      ++skipped;
  }
  if (direct_mode) {
    into.final_outbound = "DIRECT";
  } else if (!found) {
    without_match(root, all_proxies, names, into);
  } else {
    const auto a = names.resolve(target);
    if (a.tag.empty()) return place.error(a.why_not);
    into.final_outbound = a.tag;
    if (a.chosen)
      place.warning(fmt::format("groups are not available yet; {} stands for {}", in_quotes(a.tag),
                                in_quotes(target)));
  }
  if (into.final_outbound.empty()) return;
  make_built_in(into);
  if (skipped != 0 && !direct_mode)
    root.out->warning(
        "rules", 0,
        fmt::format("{} other than MATCH {} not available yet and skipped: all traffic goes to {}",
                    skipped == 1 ? "1 rule" : fmt::format("{} rules", skipped),
                    skipped == 1 ? "is" : "are", in_quotes(into.final_outbound)));
}

}  // namespace anytls::config
