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
  std::vector<sha256_digest> keys;  // any of them; empty = not pinned
  store_ptr anchors;                // null = the system's
  std::string name;                 // DNS name to find, without a trailing dot; empty = none
  bytes address;                    // or the IP address, 4 or 16 bytes

  bool pinned() const noexcept { return pin || !keys.empty(); }
};

/// nullopt for what is not 32 bytes of hex (colons allowed between bytes).
std::optional<sha256_digest> parse_pin(std::string_view text);

/// Ok, or errc::certificate_*. `chain` as the server sent it, leaf first.
error_code verify(const trust& by, const STACK_OF(CRYPTO_BUFFER) * chain);

/// Whether the SHA-256 of the certificate's public key is one of `keys`.
bool has_key(const CRYPTO_BUFFER* certificate, const std::vector<sha256_digest>& keys);

/// Whether the chain ends in `store`, for a client or a server. `param` may be given more to ask
/// for before. Ok, or errc::certificate_*.
enum class purpose { server, client };
error_code verify_chain(X509_STORE* store, const STACK_OF(CRYPTO_BUFFER) * chain, purpose of,
                        const trust* names);

/// The alert that tells the peer.
std::uint8_t alert_for(error_code failure) noexcept;

}  // namespace anytls::tls
