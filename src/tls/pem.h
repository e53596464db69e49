#pragma once
// Private to src/tls: reading PEM with the TLS library's types.

#include "base/result.h"

#include <openssl/base.h>
#include <openssl/evp.h>
#include <openssl/pool.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace anytls::tls {

using x509_ptr = bssl::UniquePtr<X509>;
using key_ptr = bssl::UniquePtr<EVP_PKEY>;
using buffer_ptr = bssl::UniquePtr<CRYPTO_BUFFER>;
using store_ptr = bssl::UniquePtr<X509_STORE>;

/// The text, or where that is empty the file's content. errc::unreadable_file; an empty path gives
/// an empty text.
result<std::string> text_or_file(const std::string& text, const std::string& path);

/// All certificates of a PEM text in order, each checked to parse. Empty if any is broken.
std::vector<x509_ptr> read_certificates(std::string_view pem);

/// The first private key; null if there is none, or an encrypted one.
key_ptr read_key(std::string_view pem);

/// Identical certificates of all connections of the process share one copy.
CRYPTO_BUFFER_POOL* buffer_pool() noexcept;

/// The certificate's DER as the library's connections want it.
buffer_ptr to_buffer(X509& certificate);

}  // namespace anytls::tls
