#pragma once
// Where a certificate and its key are.

#include <string>

namespace anytls::tls {

/// PEM texts, or files that hold them; a text wins over a path. The chain begins with the leaf.
struct identity_source {
  std::string certificate_pem;
  std::string certificate_path;
  std::string key_pem;
  std::string key_path;

  bool empty() const noexcept {
    return certificate_pem.empty() && certificate_path.empty() && key_pem.empty() &&
           key_path.empty();
  }
};

}  // namespace anytls::tls
