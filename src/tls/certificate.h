#pragma once
// Certificates that this program makes itself, and their fingerprints.

#include "base/result.h"

#include <string>
#include <string_view>

namespace anytls::tls {

struct key_pair {
  std::string certificate_pem;
  std::string key_pem;     ///< PKCS #8
  std::string sha256_hex;  ///< of the certificate (DER), lower case: the pin of client_options
};

/// An ECDSA P-256 certificate for one DNS name or IP address, valid from a day ago (clocks differ)
/// for `days` from now. Negative days make one that has expired already (tests). invalid_argument
/// for an empty or overlong name.
result<key_pair> make_self_signed(const std::string& name, int days);

/// Fingerprint of the first certificate of a PEM text, lower-case hex; empty where there is none.
std::string certificate_sha256(std::string_view pem);

}  // namespace anytls::tls
