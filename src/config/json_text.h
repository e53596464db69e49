#pragma once

#include <string>
#include <string_view>

namespace anytls::config {

/// A JSON string with its quotes.
std::string json_string(std::string_view text);

}  // namespace anytls::config
