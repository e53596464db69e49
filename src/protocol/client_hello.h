#pragma once
// Is this the beginning of a TLS connection that may be sent twice? Pure. RFC 8446, section 4.1.2.

#include "base/bytes.h"

namespace anytls::protocol {

/// Exactly one whole ClientHello in one record, without early data (RFC 8446, 4.2.10): a target
/// that gets it twice sees an abandoned handshake at worst. Anything else is false.
bool is_repeatable_client_hello(bytes_view data) noexcept;

}  // namespace anytls::protocol
