#pragma once
// The data of Settings and ServerSettings: `k=v` lines joined by '\n' (docs/spec/protocol.md §2).

#include "base/bytes.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace anytls::protocol {

/// The version this implementation announces.
inline constexpr int protocol_version = 2;

inline constexpr std::size_t max_client_text = 256;  ///< bytes of `client` that are kept
inline constexpr std::size_t max_padding_md5 = 64;   ///< bytes; a longer value counts as missing

struct settings {
  int version = 1;     ///< `v`; 1 where it is missing, no number, or below 1
  std::string client;  ///< control characters are replaced by '?': this text is logged
  std::string
      padding_md5;  ///< empty where it is missing, which counts as different from every scheme

  bool operator==(const settings&) const = default;
};

/// Never fails. Keys in any order, unknown ones and lines without '=' are ignored; of two with one
/// key the last counts.
settings parse_settings(bytes_view data);

/// The version of a ServerSettings frame (or of a Settings frame).
int parse_version(bytes_view data);

/// `v`, `client`, `padding-md5`. Control characters of `client_text` are dropped: a newline would
/// add a setting.
std::string make_client_settings(std::string_view client_text, std::string_view padding_md5);

/// `v=2`
std::string make_server_settings();

}  // namespace anytls::protocol
