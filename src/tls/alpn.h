#pragma once
// Private to src/tls: application protocol lists as the wire has them, and the server's choice.

#include "base/bytes.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace anytls::tls {

/// Length-prefixed names in a row. nullopt for an empty or overlong name.
std::optional<bytes> alpn_wire(const std::vector<std::string>& names);

struct alpn_choice {
  bytes_view name;      ///< within `offered`; empty = go on without
  bool refuse = false;  ///< nothing in common: end the handshake
};

/// As Go's library chooses: the first of `ours` that was offered; without any list no protocol; a
/// server of h2 lets clients of http/1.1 in as if they had not asked.
alpn_choice choose_alpn(std::span<const std::string> ours, bytes_view offered);

}  // namespace anytls::tls
