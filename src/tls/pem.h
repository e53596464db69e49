#pragma once
// Private to src/tls: reading PEM with the TLS library's types.

#include "base/result.h"
#include "tls/library.h"

#include <string>
#include <string_view>
#include <vector>

namespace anytls::tls {

/// The text, or where that is empty the file's content. errc::unreadable_file; an empty path gives
/// an empty text.
result<std::string> text_or_file(const std::string& text, const std::string& path);

/// All certificates of a PEM text in order, each checked to parse. Empty if any is broken.
std::vector<x509_ptr> read_certificates(std::string_view pem);

/// The first private key; null if there is none, or an encrypted one.
key_ptr read_key(std::string_view pem);

}  // namespace anytls::tls
