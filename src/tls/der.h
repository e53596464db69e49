#pragma once
// Private to src/tls: the DER of a certificate.

#include "base/digest.h"
#include "tls/library.h"

#include <optional>

namespace anytls::tls {

/// SHA-256 of the whole certificate. nullopt where it cannot be written.
inline std::optional<sha256_digest> digest_of(X509* certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return std::nullopt;
  const owned<std::uint8_t> owner(der);
  return sha256({der, static_cast<std::size_t>(size)});
}

}  // namespace anytls::tls
