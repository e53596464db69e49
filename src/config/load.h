#pragma once
// From a file's text to a config and everything there is to say about it.
//
// Flow: load_text looks at the first significant character: `{` is sing-box JSON, anything else
// mihomo YAML
// -> the form's reader (sing_box_json.h, mihomo_yaml.h) -> validate.h -> loaded. Never throws on
// any input.

#include "config/message.h"
#include "config/model.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

struct loaded {
  std::optional<config> value;  ///< empty if and only if messages holds an error
  std::vector<message> messages;
};

/// `file_name` only appears in messages.
loaded load_text(std::string_view file_name, std::string_view text);

/// Reads the file, "-" = standard input. A file that cannot be read is an error message.
loaded load_file(const std::string& path);

/// `{"TAG": {"idle_session_timeout": 300, ...}}`: the pool options in force for each AnyTLS
/// outbound. Durations in seconds, 0 = off or none. Never a password.
std::string effective_json(const config& c);

}  // namespace anytls::config
