#pragma once
// Private to src/tls: the cipher suites and key exchanges that a configuration allows.

#include "base/result.h"
#include "tls/context.h"

#include <openssl/ssl.h>

namespace anytls::tls {

/// Changes nothing where `wanted` is empty. To be called after everything else that sets suites
/// and groups (a browser's hello): what a configuration names wins. invalid_argument for an
/// unknown name.
///
/// TLS 1.3 suites are not configurable. Naming only those leaves nothing for TLS 1.2, so its
/// handshakes are not even tried; invalid_argument where `max` leaves nothing else.
error_code allow_only(const algorithms& wanted, version max, SSL_CTX* on);

}  // namespace anytls::tls
