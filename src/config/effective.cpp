#include "config/json_text.h"
#include "config/load.h"
#include "config/pool_fields.h"

#include <fmt/format.h>

#include <type_traits>

namespace anytls::config {
namespace {

/// Seconds, exactly: "30", "0.5", "0.000000001".
std::string json_seconds(duration d) {
  const auto whole = d.count() / 1'000'000'000;
  const auto rest = d.count() % 1'000'000'000;
  std::string out = fmt::format("{}", whole);
  if (rest == 0) return out;
  out += fmt::format(".{:09}", rest);
  while (out.back() == '0') out.pop_back();
  return out;
}

/// Empty where the option is automatic and has no number.
std::string json_value(const pool_field& f, const pool_options& o) {
  if (f.name == "min_idle_session_for_age") return fmt::format("{}", o.protected_for_age());
  return std::visit(
      [&](auto member) -> std::string {
        using value = std::remove_cvref_t<decltype(o.*member)>;
        const auto& v = o.*member;
        if constexpr (std::is_same_v<value, duration>)
          return json_seconds(v);
        else if constexpr (std::is_same_v<value, std::optional<duration>>)
          return v ? json_seconds(*v) : std::string();
        else if constexpr (std::is_same_v<value, std::string>)
          return v.empty() ? std::string() : json_string(v);
        else
          return fmt::format("{}", v);
      },
      f.member);
}

}  // namespace

std::string effective_json(const config& c) {
  std::string out = "{";
  const char* between = "\n";
  for (const auto& o : c.outbounds) {
    if (o.type != outbound_type::anytls) continue;
    out += fmt::format("{}  {}: {{", between, json_string(o.tag));
    between = ",\n";
    const char* comma = "\n";
    for (const auto& f : pool_fields()) {
      const auto value = json_value(f, o.pool);
      if (value.empty()) continue;
      out += fmt::format("{}    \"{}\": {}", comma, f.name, value);
      comma = ",\n";
    }
    out += "\n  }";
  }
  out += "\n}\n";
  return out;
}

}  // namespace anytls::config
