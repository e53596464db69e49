#include "simulate/scenario.h"

#include <fmt/format.h>

namespace anytls::simulate {

parsed<outage> parse_outage(std::string_view text, duration_reader read) {
  const auto plus = text.find('+');
  if (plus != text.npos && plus > 0) {
    const auto from = read(text.substr(0, plus));
    const auto rest = text.substr(plus + 1);
    const auto length = rest.starts_with('+') || rest.starts_with('-') ? std::nullopt : read(rest);
    if (from && length && *from >= duration{0} && *length > duration{0})
      return {outage{*from, *length}, {}};
  }
  return {std::nullopt,
          fmt::format("\"{}\" is not an outage; write BEGIN+LENGTH, for example 2h+5m", text)};
}

}  // namespace anytls::simulate
