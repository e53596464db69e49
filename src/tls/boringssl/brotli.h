#pragma once
// Private to src/tls/boringssl: server certificates that come compressed (RFC 8879, 4; brotli is
// RFC 7932).

#include <openssl/base.h>

#include <cstddef>
#include <cstdint>

namespace anytls::tls::brotli {

/// For one compressed chain, beside its own bytes: what the decoder may ask for in all. A chain of
/// 100 KB takes a fifth of it; windows of 16 MiB and tables without end are refused.
inline constexpr std::size_t most_memory = 1024 * 1024;

/// The library's ssl_cert_decompression_func_t: 1 and `out` holds exactly `size` bytes, or 0. The
/// library has limited `size` to what a chain may have uncompressed (100 KiB).
int decompress_certificate(SSL* ssl, CRYPTO_BUFFER** out, std::size_t size, const std::uint8_t* in,
                           std::size_t in_size);

}  // namespace anytls::tls::brotli
