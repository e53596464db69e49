#pragma once
// What a reader has to say about a file. `text` is complete: `FILE: PATH: sentence`.

#include <cstdint>
#include <string>

namespace anytls::config {

enum class severity : std::uint8_t { warning, error };

struct message {
  anytls::config::severity severity = anytls::config::severity::error;
  std::string text;

  bool operator==(const message&) const = default;
};

}  // namespace anytls::config
