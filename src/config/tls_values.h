#pragma once
// Values that only TLS has: names of algorithms, hashes of keys, ways to ask for a certificate.

#include "base/digest.h"
#include "config/cursor.h"
#include "config/tls_model.h"

#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

/// Names as Go has them, each known.
bool read_cipher_suites(const cursor& at, std::vector<std::string>& into);
bool read_curves(const cursor& at, std::vector<std::string>& into);
/// Whether there is one for TLS 1.2 among these.
bool any_tls_1_2_suite(const std::vector<std::string>& names);

/// Base64 of SHA-256 hashes: a list, or one.
bool read_key_hashes(const cursor& at, std::vector<sha256_digest>& into);

/// no, request, require-any, verify-if-given, require-and-verify; empty = no.
bool read_client_authentication(const cursor& at, client_authentication& into);
std::string_view name(client_authentication what) noexcept;

}  // namespace anytls::config
