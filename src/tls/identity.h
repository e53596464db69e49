#pragma once
// Private to src/tls: who we are in a handshake. A certificate chain and its key as the TLS library
// takes them, and which of several a server shows to whom.

#include "base/result.h"
#include "tls/identity_source.h"
#include "tls/library.h"
#include "tls/server_names.h"

#include <string>
#include <vector>

namespace anytls::tls {

struct identity {
  credential_ptr shown;            ///< the chain and its key
  std::vector<std::string> names;  ///< DNS names of the leaf, wildcards included

  /// errc::unreadable_file, bad_certificate_file, bad_key_file, key_mismatch. Reads files.
  static result<identity> load(const identity_source& from);
};

/// What a server has. Never changed once it is made, so all threads may look at it.
class identity_set {
 public:
  /// At least one; the first is for whoever asks for no name, or for one that nobody has.
  static result<identity_set> load(const std::vector<identity_source>& from);

  /// Before the library chooses: offers those that are for the name of this handshake, in their
  /// order. Of several for one name it takes the first whose kind of key the client knows (an
  /// elliptic one and an RSA one, say). False where memory is short.
  bool offer(SSL* to) const;

  /// Where there is nothing to choose, connections have it from their context.
  bool single() const noexcept { return all_.size() == 1; }
  /// Numbers of those that no name leads to, and that are not the first.
  std::vector<std::size_t> never_shown() const;
  credential& first() const noexcept { return *all_.front().shown; }

 private:
  std::vector<identity> all_;
  server_names names_;
};

}  // namespace anytls::tls
