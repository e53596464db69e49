#pragma once
// UDP packets within a stream, version 2 of UDP over TCP (docs/spec/protocol.md §6).
//
// Flow: the stream's target is a magic domain, port 0. Version 2: then one request says where to
// and in which of two formats the packets follow, in both directions. Version 1 has no request; its
// packets always carry an address.
//   is_connect      | length u16 | data |
//   not is_connect  | ATYP u8: 0 IPv4, 1 IPv6, 2 domain | address | port u16 | length u16 | data |

#include "protocol/socks_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace anytls::protocol {

inline constexpr std::string_view uot_magic_v1 = "sp.udp-over-tcp.arpa";
inline constexpr std::string_view uot_magic_v2 = "sp.v2.udp-over-tcp.arpa";
inline constexpr std::size_t max_uot_packet = 65535;  ///< bytes of data
inline constexpr address_types uot_packet_types{0, 2, 1};

enum class uot_version { none, v1, v2 };

/// Which of the magic domains the target of a stream is. The port is not looked at.
uot_version uot_version_of(const address& target) noexcept;

/// The target to open a stream for version 2 with.
address uot_target();

struct uot_request {
  bool is_connect = false;
  address destination;

  bool operator==(const uot_request&) const = default;
};

struct parsed_uot_request {
  uot_request value;
  std::size_t size = 0;  ///< bytes that it took
};

void append_uot_request(bytes& out, const uot_request& request);

/// nullopt: more is needed. errc::protocol_error: isConnect is neither 0 nor 1, or the address is
/// malformed.
result<std::optional<parsed_uot_request>> parse_uot_request(bytes_view data);

/// Appends a packet in the is_connect format. False, and nothing is appended, over max_uot_packet:
/// UDP may drop.
bool append_uot_packet(bytes& out, bytes_view data);

/// Appends a packet in the other format. False, and nothing is appended, also if `peer` is not
/// encodable().
bool append_uot_packet(bytes& out, const address& peer, bytes_view data);

struct parsed_uot_packet {
  std::optional<address> peer;  ///< destination (client to server) or source; nullopt if is_connect
  bytes_view data;              ///< points into the input
  std::size_t size = 0;         ///< bytes that it took, header included
};

/// nullopt: more is needed, at most 261 bytes of header and 65,535 of data. errc::protocol_error: a
/// malformed address.
result<std::optional<parsed_uot_packet>> parse_uot_packet(bytes_view data, bool is_connect);

}  // namespace anytls::protocol
