#pragma once
// The pool's options as fields: one table for both forms' names, for reading, and for
// `--effective`.

#include "config/field.h"
#include "pool/pool_options.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace anytls::config {

using pool::pool_options;

struct pool_field {
  std::string_view name;    ///< sing-box's
  std::string_view hyphen;  ///< mihomo's
  std::variant<duration pool_options::*, std::optional<duration> pool_options::*,
               std::uint32_t pool_options::*, bool pool_options::*, std::string pool_options::*>
      member;
  field_text text = {};
  bool zero_is_default = false;  ///< a duration of 0 is the default, not "off"
};

std::span<const pool_field> pool_fields() noexcept;

/// Who may set an option in the mihomo form, weakest first. sing-box has one place, which reads
/// like `global` but with its own names.
enum class pool_layer : std::uint8_t {
  sing_box,
  global,            ///< experimental.anytls-session-management: durations with units
  legacy,            ///< fields of the proxy: seconds, 0 = not set
  session_override,  ///< seconds or durations, 0 = set
};

/// Reads the options that `in` has over those in `into`. Legacy knows the three old fields only.
void read_pool(object_reader& in, pool_layer layer, pool_options& into);

}  // namespace anytls::config
