#include "simulate/time_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace anytls::simulate {

std::string in_words(duration d) {
  const auto seconds = std::chrono::duration<double>(d).count();
  if (d == duration{0}) return "0";
  if (d % 1h == 0ns) return fmt::format("{} h", d / 1h);
  if (d % 1min == 0ns) return fmt::format("{} min", d / 1min);
  if (d < 1ms) return fmt::format("{:.3g} us", seconds * 1e6);
  if (d < 1s) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (d < 5min) return fmt::format("{:.3g} s", seconds);
  if (d < 5h) return fmt::format("{:.3g} min", seconds / 60);
  return fmt::format("{:.4g} h", seconds / 3600);
}

std::vector<tick> axis(duration length, std::size_t most) {
  static constexpr duration steps[] = {1ms,  10ms, 100ms, 1s,    2s,    5s,    10s,  15s,  30s,
                                       1min, 2min, 5min,  10min, 15min, 30min, 1h,   2h,   3h,
                                       4h,   6h,   12h,   24h,   48h,   168h,  720h, 8760h};
  const auto wanted = length / static_cast<std::int64_t>(std::clamp<std::size_t>(most, 2, 1000));
  const auto* found =
      std::find_if(std::begin(steps), std::end(steps), [&](duration s) { return s >= wanted; });
  const auto step = found == std::end(steps) ? wanted : *found;
  struct unit {
    duration length;
    const char* name;
  };
  static constexpr unit units[] = {{24h, "d"}, {1h, "h"}, {1min, "m"}, {1s, "s"}, {1ms, "ms"}};
  const auto* in = std::find_if(std::begin(units), std::end(units) - 1,
                                [&](const unit& u) { return step % u.length == 0ns; });
  std::vector<tick> out;
  for (duration at{0}; at <= length; at += step)
    out.push_back({at, at == duration{0} ? "0" : fmt::format("{}{}", at / in->length, in->name)});
  return out;
}

}  // namespace anytls::simulate
