#pragma once
// What a configuration says of a SOCKS or HTTP proxy, beside its address and password; part of the
// model.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace anytls::config {

enum class socks_version : std::uint8_t { v4, v4a, v5 };

struct proxy {
  socks_version version = socks_version::v5;  ///< SOCKS only
  std::string username;                       ///< empty = nobody in particular
  std::string path;                           ///< HTTP only; empty = the target's host and port
  /// HTTP only, in the order in which they are sent. Names are tokens, values without control
  /// characters.
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace anytls::config
