#pragma once
// "did you mean": the known name nearest to one that a user wrote.

#include <span>
#include <string>
#include <string_view>

namespace anytls::config {

/// Empty where nothing is near. `-` and `_` are the same, and so are upper and lower case.
std::string_view nearest(std::string_view written, std::span<const std::string_view> known);

/// In double quotes, control characters replaced, cut at 60 bytes: what a file holds must not write
/// to a terminal.
std::string in_quotes(std::string_view text);

}  // namespace anytls::config
