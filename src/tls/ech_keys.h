#pragma once
// Private to src/tls: ECH where the library's types are needed.

#include "base/result.h"

#include <openssl/base.h>

#include <string>
#include <string_view>

namespace anytls::tls {

/// Makes a server decrypt with these keys. Without text and path nothing is done.
/// errc::unreadable_file, errc::bad_ech_keys.
error_code set_ech_keys(SSL_CTX& ctx, const std::string& pem, const std::string& path);

/// Whether set_ech_keys() would take them.
bool ech_keys_are_good(const std::string& pem, const std::string& path);

/// The public name as which a server answers that has rejected ECH; empty in every other handshake.
/// Its certificate has to be that name's: only then may it replace configurations.
std::string_view rejecting_name(const SSL& ssl);

}  // namespace anytls::tls
