#pragma once
// Private to src/tls: whether a server's certificate is the one that the user asked for.

#include "base/digest.h"
#include "tls/context.h"
#include "tls/pem.h"

#include <openssl/ssl.h>

#include <optional>

namespace anytls::tls {

struct trust {
  bool insecure = false;
  std::optional<sha256_digest> pin;
  store_ptr anchors;  // null = the system's
  std::string name;   // DNS name to find, without a trailing dot; empty = none
  bytes address;      // or the IP address, 4 or 16 bytes
};

/// nullopt for what is not 32 bytes of hex (colons allowed between bytes).
std::optional<sha256_digest> parse_pin(std::string_view text);

/// Ok, or errc::certificate_*. `chain` as the server sent it, leaf first.
error_code verify(const trust& by, const STACK_OF(CRYPTO_BUFFER) * chain);

/// The alert that tells the server.
std::uint8_t alert_for(error_code failure) noexcept;

}  // namespace anytls::tls
