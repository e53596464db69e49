#include "anytls/error.h"

#include <string>

namespace anytls {
namespace {

class category_impl final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "anytls"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::wrong_password:
        return "the server closed the connection right after authentication: wrong password?";
      case errc::not_anytls:
        return "the server does not speak AnyTLS";
      case errc::session_closed:
        return "the session was closed";
      case errc::stream_reset:
        return "the stream was reset";
      case errc::target_refused:
        return "the target refused the connection";
      case errc::alert:
        return "the server sent an alert";
      case errc::protocol_error:
        return "the peer broke the protocol";
      case errc::stream_timeout:
        return "the server did not answer for the stream in time";
      case errc::heartbeat_timeout:
        return "a heartbeat was not answered";
      case errc::shutting_down:
        return "shutting down";
      case errc::blocked:
        return "blocked by configuration";
      case errc::too_many_streams:
        return "too many streams";
      case errc::name_not_found:
        return "name not found";
      case errc::name_resolution_failed:
        return "name resolution failed";
      case errc::no_address:
        return "the name has no usable address";
      case errc::connect_timeout:
        return "connecting timed out";
      case errc::target_unreachable:
        return "the target is unreachable";
      case errc::tls_handshake_failed:
        return "the TLS handshake failed";
      case errc::tls_handshake_timeout:
        return "the TLS handshake timed out";
      case errc::tls_not_tls:
        return "the peer does not speak TLS";
      case errc::tls_version:
        return "no common TLS version";
      case errc::tls_alpn:
        return "the server insists on another ALPN than is offered";
      case errc::tls_algorithms:
        return "no common cipher suite, curve or kind of key";
      case errc::tls_closed_without_notify:
        return "the connection ended without a TLS close";
      case errc::certificate_untrusted:
        return "certificate not trusted";
      case errc::certificate_expired:
        return "certificate expired or not yet valid";
      case errc::certificate_wrong_name:
        return "certificate is for another name";
      case errc::certificate_wrong_pin:
        return "certificate does not have the pinned fingerprint";
      case errc::certificate_wrong_key:
        return "certificate does not have a pinned public key";
      case errc::client_certificate_required:
        return "the server demands a client certificate and was shown none";
      case errc::client_certificate_untrusted:
        return "the server does not trust the issuer of the client certificate";
      case errc::client_certificate_expired:
        return "the client certificate has expired or is not yet valid";
      case errc::client_certificate_refused:
        return "the server refused the client certificate";
      case errc::certificate_invalid:
        return "certificate invalid";
      case errc::ech_no_config:
        return "there is no ECH configuration in the HTTPS record of the server name";
      case errc::ech_rejected:
        return "the server rejected Encrypted ClientHello, twice";
      case errc::ech_disabled:
        return "the server does not take our ECH configuration and offers no other: ECH is "
               "disabled "
               "there, or the configuration is out of date";
      case errc::ech_unavailable:
        return "this build is on OpenSSL, which has no Encrypted ClientHello";
      case errc::unreadable_file:
        return "file cannot be read";
      case errc::bad_certificate_file:
        return "not a PEM certificate";
      case errc::bad_key_file:
        return "not a PEM private key";
      case errc::key_mismatch:
        return "the private key does not belong to the certificate";
      case errc::not_a_proxy:
        return "the proxy does not answer as a proxy of this kind";
      case errc::proxy_closed:
        return "the proxy closed the connection";
      case errc::proxy_wrong_password:
        return "the proxy does not accept the username and password";
      case errc::proxy_needs_password:
        return "the proxy wants a username and password";
      case errc::proxy_forbidden:
        return "the proxy does not allow the connection";
      case errc::proxy_failed:
        return "the proxy could not connect";
      case errc::proxy_target_refused:
        return "the proxy says: connection refused";
      case errc::proxy_target_unreachable:
        return "the proxy says: host unreachable";
      case errc::proxy_timeout:
        return "the proxy says: timed out";
      case errc::bad_ech_config:
        return "not an ECH configuration that can be used (PEM block ECH CONFIGS, or base64)";
      case errc::bad_ech_keys:
        return "not ECH keys (PEM block ECH KEYS of `anytls generate ech-keypair`)";
    }
    return "unknown error";
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const category_impl instance;
  return instance;
}

}  // namespace anytls
