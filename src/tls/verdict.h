#pragma once
// Private to src/tls: how a verdict about the peer's certificate reaches the handshake.

#include "base/result.h"

#include <openssl/ssl.h>

#include <cstdint>

namespace anytls::tls {

/// The alert that tells the peer.
std::uint8_t alert_for(error_code failure) noexcept;

/// Where the handshake finds its cause. `failure`: an errc, whose values are never 0.
inline void remember_verdict(SSL* ssl, error_code failure) {
  SSL_set_ex_data(ssl, 0, reinterpret_cast<void*>(static_cast<std::intptr_t>(failure.value())));
}

}  // namespace anytls::tls
