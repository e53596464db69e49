#pragma once
// Bytes as every module passes them: views for reading, vectors where something must be kept.
// Integers on the wire are big-endian (docs/spec/protocol.md).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace anytls {

using bytes = std::vector<std::uint8_t>;
using bytes_view = std::span<const std::uint8_t>;
using mutable_bytes = std::span<std::uint8_t>;

inline bytes_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(bytes_view data) noexcept {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

inline void append(bytes& to, bytes_view data) { to.insert(to.end(), data.begin(), data.end()); }

inline void put_u16(std::uint8_t* to, std::uint16_t v) noexcept {
  to[0] = static_cast<std::uint8_t>(v >> 8);
  to[1] = static_cast<std::uint8_t>(v);
}

inline void put_u32(std::uint8_t* to, std::uint32_t v) noexcept {
  to[0] = static_cast<std::uint8_t>(v >> 24);
  to[1] = static_cast<std::uint8_t>(v >> 16);
  to[2] = static_cast<std::uint8_t>(v >> 8);
  to[3] = static_cast<std::uint8_t>(v);
}

inline std::uint16_t get_u16(const std::uint8_t* from) noexcept {
  return static_cast<std::uint16_t>(from[0] << 8 | from[1]);
}

inline std::uint32_t get_u32(const std::uint8_t* from) noexcept {
  return static_cast<std::uint32_t>(from[0]) << 24 | static_cast<std::uint32_t>(from[1]) << 16 |
         static_cast<std::uint32_t>(from[2]) << 8 | from[3];
}

/// Lower-case hexadecimal, two characters a byte.
std::string to_hex(bytes_view data);

/// Compares without a branch on the content. Different lengths are unequal at once: lengths are not
/// secret here.
bool equal_constant_time(bytes_view a, bytes_view b) noexcept;

}  // namespace anytls
