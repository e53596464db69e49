#pragma once
// Small helpers for texts that others wrote.

#include <string>
#include <string_view>

namespace anytls::protocol {

/// A byte below 0x20, or 0x7f. Such bytes of a peer must not reach a log: they forge lines and
/// steer terminals.
constexpr bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// Encodes everything but the unreserved characters of RFC 3986, so that it is safe at every place
/// of a link.
std::string percent_encode(std::string_view text);

/// Never fails: a '%' that starts no escape stands for itself (people type passwords into links),
/// and '+' for itself.
std::string percent_decode(std::string_view text);

}  // namespace anytls::protocol
