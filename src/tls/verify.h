#pragma once
// Private to src/tls: whether a server's certificate is the one that the user asked for.

#include "base/digest.h"
#include "tls/context.h"
#include "tls/library.h"
#include "tls/verdict.h"

#include <optional>

namespace anytls::tls {

/// Whose certificate it has to be.
struct expected_name {
  std::string_view name;
  bytes_view address;  // not empty = this instead of the name

  bool empty() const noexcept { return name.empty() && address.empty(); }
};

struct trust {
  bool insecure = false;
  std::optional<sha256_digest> pin;
  std::vector<sha256_digest> keys;  // any of them; empty = not pinned
  store_ptr anchors;                // null = the system's
  std::string name;                 // DNS name to find, without a trailing dot; empty = none
  bytes address;                    // or the IP address, 4 or 16 bytes

  expected_name expected() const noexcept { return {name, address}; }
  bool pinned() const noexcept { return pin || !keys.empty(); }
};

/// nullopt for what is not 32 bytes of hex (colons allowed between bytes).
std::optional<sha256_digest> parse_pin(std::string_view text);

/// Ok, or errc::certificate_*. `shown` as the server sent it, leaf first. `as`: the DNS name that
/// it answers as instead of the one in `by`; empty = none.
error_code verify(const trust& by, const chain* shown, std::string_view as = {});

/// Whether it was a chain that made `leaf` good, which it is no longer than its dates say. Null =
/// there was none.
bool trusts_chain(const trust& by, X509* leaf);

/// Whether the SHA-256 of the leaf's public key is one of `keys`. `shown` is not empty.
bool has_key(const chain& shown, const std::vector<sha256_digest>& keys);

/// Whether the chain ends in `store`, for a client or a server. `param` may be given more to ask
/// for before. Ok, or errc::certificate_*.
enum class purpose { server, client };
error_code verify_chain(X509_STORE* store, const chain& shown, purpose of,
                        const expected_name* names);

}  // namespace anytls::tls
