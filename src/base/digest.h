#pragma once
// The two digests that AnyTLS needs. The only place outside src/tls that uses the TLS library.

#include "base/bytes.h"

#include <array>
#include <string>

namespace anytls {

using sha256_digest = std::array<std::uint8_t, 32>;

sha256_digest sha256(bytes_view data);

/// Lower-case hex MD5, as `padding-md5` carries it. Names a padding scheme; protects nothing.
std::string md5_hex(bytes_view data);

}  // namespace anytls
