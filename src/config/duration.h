#pragma once
// Durations as configurations write them: "30s", "1h30m", "1.5h". Units ns us µs ms s m h d; sums;
// decimals. docs/spec/pool.md, "Options".

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anytls::config {

enum class duration_error : std::uint8_t {
  none,
  not_a_duration,
  no_unit,  ///< a bare number other than 0
  negative,
  too_large,  ///< does not fit nanoseconds in 64 bits (292 years)
};

struct parsed_duration {
  duration_error error = duration_error::none;
  duration value{0};
};

/// "0" alone needs no unit. The empty string is not a duration: the caller knows its default.
parsed_duration parse_duration(std::string_view text) noexcept;

/// The duration that `text` was probably meant to be ("5 min" -> "5m", "1 hour" -> "1h"), for
/// messages.
std::optional<std::string> suggest_duration(std::string_view text);

/// The shortest exact spelling: "1h30m", "500ms", "0s".
std::string format_duration(duration d);

}  // namespace anytls::config
