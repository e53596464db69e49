#pragma once
// What this program was built with, for those who may not see the TLS library itself.

namespace anytls {

struct tls_library {
  const char* name;         ///< "BoringSSL"
  bool chrome_hello;        ///< its ClientHello can be Chrome's
  bool ech;                 ///< Encrypted ClientHello
  bool post_quantum_curve;  ///< X25519MLKEM768
};

const tls_library& built_on() noexcept;

}  // namespace anytls
