#pragma once
// BoringSSL's part of tls/library.h. Certificates are DER in shared buffers; the X.509 objects of a
// chain live only while it is verified.

#include "tls/verdict.h"

#include <openssl/base.h>
#include <openssl/evp.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace anytls::tls {

template <typename T>
using owned = bssl::UniquePtr<T>;

using chain = STACK_OF(CRYPTO_BUFFER);

using credential = SSL_CREDENTIAL;
using credential_ptr = owned<SSL_CREDENTIAL>;

/// The library itself ends a connection whose peer does so.
inline bool floods(const SSL&) noexcept { return false; }

using judge = error_code (*)(SSL* ssl, const chain* shown);
using verifier_function = ssl_verify_result_t (*)(SSL* ssl, std::uint8_t* alert);

template <judge Judge>
ssl_verify_result_t verifier(SSL* ssl, std::uint8_t* alert) {
  const auto failure = Judge(ssl, SSL_get0_peer_certificates(ssl));
  if (!failure) return ssl_verify_ok;
  *alert = alert_for(failure);
  remember_verdict(ssl, failure);
  return ssl_verify_invalid;
}

}  // namespace anytls::tls
