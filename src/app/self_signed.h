#pragma once
// The certificate of a server that was given none: made once, kept in a state folder, so that a pin
// stays valid.

#include <string>

namespace anytls::app {

struct stored_certificate {
  std::string certificate_path;
  std::string key_path;
  std::string sha256_hex;
  bool fresh = false;  ///< made just now
};

/// $STATE_DIRECTORY (systemd), else $XDG_STATE_HOME/anytls, else ~/.local/state/anytls;
/// /var/lib/anytls for root without a home.
std::string state_folder();

/// Throws startup_error where the folder cannot be written.
stored_certificate self_signed_certificate(const std::string& folder, const std::string& name);

}  // namespace anytls::app
