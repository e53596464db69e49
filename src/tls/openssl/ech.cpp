// OpenSSL has no Encrypted ClientHello: whoever asks for it is refused before anything is sent.
#include "tls/ech.h"

#include "tls/ech_keys.h"

namespace anytls::tls {

result<bytes> read_ech_options(const ech_options& options) {
  if (options.enabled) return errc::ech_unavailable;
  return bytes();
}

result<ech_key_pair> make_ech_keys(const std::string&) { return errc::ech_unavailable; }

error_code set_ech_keys(SSL_CTX&, const std::string& pem, const std::string& path) {
  return pem.empty() && path.empty() ? error_code{} : errc::ech_unavailable;
}

error_code check_ech_keys(const std::string&, const std::string&) { return errc::ech_unavailable; }

std::string_view rejecting_name(const SSL&) { return {}; }
bool ech_accepted(const SSL&) noexcept { return false; }

error_code ech_client::offer(ssl_st&, bytes_view) {
  return enabled_ ? errc::ech_unavailable : error_code{};
}
error_code ech_client::rejected(const ssl_st&) { return errc::ech_unavailable; }
error_code ech_client::unusable() { return errc::ech_unavailable; }

}  // namespace anytls::tls
