#pragma once
// Who may use an AnyTLS server. Looked up by a digest keyed with a secret drawn at start, so that
// the time of a look-up says nothing about a hash; the hash itself is then compared in constant
// time.

#include "base/bytes.h"
#include "base/digest.h"
#include "base/random.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace anytls::server {

/// Built once, then read by all threads.
class user_table {
 public:
  explicit user_table(random_source& random);

  /// The last of two users with one password counts.
  void add(std::string name, std::string_view password);

  /// `hash`: the 32 bytes of the preamble. Null for nobody.
  const std::string* find(bytes_view hash) const;

  std::size_t size() const noexcept { return users_.size(); }

 private:
  struct user {
    sha256_digest hash;
    std::string name;
  };
  struct first_bytes {
    std::size_t operator()(const sha256_digest& d) const noexcept;
  };
  sha256_digest key(bytes_view hash) const;

  bytes secret_;
  std::unordered_map<sha256_digest, user, first_bytes> users_;
};

}  // namespace anytls::server
