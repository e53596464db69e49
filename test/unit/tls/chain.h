#pragma once
// A small certification authority for tests: what the program itself never needs to make.

#include "tls/pem.h"

#include <string>

namespace anytls::test {

struct leaf_options {
  std::string alternative_names =
      "DNS:test.example";  ///< as OpenSSL's configuration files write them; empty = none
  std::string common_name = "leaf";
  int days = 30;             ///< until it ends; negative = has ended
  int starts_in_days = -1;   ///< positive = not yet valid
  bool for_clients = false;  ///< an extended key usage that a server must not have
  bool for_servers = false;  ///< one that a client must not have
  int rsa_bits = 0;          ///< of its key; 0 = P-256
};

class authority {
 public:
  explicit authority(const std::string& name = "Test Authority");

  struct pair {
    std::string certificate_pem, key_pem;
  };
  pair issue(const leaf_options& options = {}) const;
  const std::string& certificate_pem() const noexcept { return pem_; }

 private:
  tls::key_ptr key_;
  tls::x509_ptr certificate_;
  std::string pem_;
};

}  // namespace anytls::test
