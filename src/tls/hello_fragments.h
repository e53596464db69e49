#pragma once
// A ClientHello in pieces, so that whoever looks for a server name in single packets or records
// does not find one. Where to cut; the sending is in handshake_pieces.cpp. Pure.

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"

#include <optional>
#include <vector>

namespace anytls::tls {

struct fragment_options {
  bool segments = false;  ///< each piece in TCP segments of its own, sent when the last has arrived
  bool records = false;   ///< each piece in a TLS record of its own
  /// How long to wait between segments where it cannot be seen that one has arrived, or where it
  /// arrived in less than 20 ms, as at a transparent proxy, which would join them again.
  duration fallback_delay = 500ms;

  bool any() const noexcept { return segments || records; }
};

/// More pieces would only cost round trips. Labels at the end of the name are cut before others.
inline constexpr std::size_t most_cuts = 6;

struct name_place {
  std::size_t at = 0;
  std::size_t size = 0;
  bool operator==(const name_place&) const = default;
};

/// Where the first host name of the server_name extension stands in a handshake message. nullopt
/// for what is no whole, well-formed ClientHello, and for one without a name.
std::optional<name_place> find_server_name(bytes_view handshake) noexcept;

/// Positions within `name`, ascending: one inside every label but the last one (inside that, where
/// it is the only one), so that no piece holds a label of two letters or more.
std::vector<std::size_t> cuts_in_name(std::string_view name, random_source& random);

/// `flight`: whole TLS records. What is to be sent instead, in this order; joined (and without the
/// additional record headers) it is the same. One piece where there is no server name to hide or
/// nothing is to be cut.
std::vector<bytes> cut_hello(bytes_view flight, const fragment_options& how, random_source& random);

}  // namespace anytls::tls
