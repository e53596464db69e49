#pragma once
// Private to src/tls: ECH where the library's types are needed.

#include "base/result.h"

#include <openssl/ssl.h>

#include <string>
#include <string_view>

namespace anytls::tls {

/// Makes a server decrypt with these keys. Without text and path nothing is done.
/// errc::unreadable_file, bad_ech_keys, ech_unavailable.
error_code set_ech_keys(SSL_CTX& ctx, const std::string& pem, const std::string& path);

/// What set_ech_keys() would say to them.
error_code check_ech_keys(const std::string& pem, const std::string& path);

/// Of a finished handshake: the server name went encrypted.
bool ech_accepted(const SSL& ssl) noexcept;

/// The public name as which a server answers that has rejected ECH; empty in every other handshake.
/// Its certificate has to be that name's: only then may it replace configurations.
std::string_view rejecting_name(const SSL& ssl);

}  // namespace anytls::tls
