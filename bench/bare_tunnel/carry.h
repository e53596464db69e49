#pragma once
// The two directions between a plain socket and a TLS connection. Each runs on a thread of its own
// and returns at the end of either side, after which both sockets are shut.

#include "bare_tunnel/tls_link.h"

namespace anytls::bench {

/// plain -> frames -> TLS. Read into slots that leave room for a frame's header before the
/// payload, so that a slot is one record without a copy; all records of a turn leave together.
void carry_up(int plain, tls_link& tls);

/// TLS -> frames -> plain. All payloads that one read of the socket has brought leave with one
/// writev.
void carry_down(tls_link& tls, int plain);

/// The first frame: where the server is to connect to (four bytes of address, two of port).
bool send_target(tls_link& tls, std::span<const std::uint8_t> address);
/// Its address and port; empty at an early end.
std::vector<std::uint8_t> receive_target(tls_link& tls);

}  // namespace anytls::bench
