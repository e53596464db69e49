#pragma once
// Why something failed, as one error code per cause that a user can act on. The message of a code
// is a half sentence that names the cause; who logs it adds the outbound's tag and address.

#include <boost/system/error_code.hpp>

namespace anytls {

using error_code = boost::system::error_code;

enum class errc {
  // the session and its peer
  wrong_password = 1,  ///< the server closed right after authentication
  not_anytls,          ///< the first bytes of the peer are not a frame of AnyTLS
  session_closed,      ///< the session ended under a stream
  stream_reset,        ///< the other side reset the stream
  target_refused,      ///< SYNACK carried an error, or FIN came before any byte
  alert,               ///< the server sent an Alert frame
  protocol_error,      ///< frames that no peer may send
  stream_timeout,      ///< no SYNACK within `stream_timeout`
  heartbeat_timeout,   ///< a HeartRequest stayed unanswered
  shutting_down,       ///< this client or server is being stopped
  blocked,             ///< a rule or the block outbound refused the target
  too_many_streams,    ///< the limit of streams is reached
  // name resolution and dialling
  name_not_found,          ///< the name does not exist
  name_resolution_failed,  ///< the resolver did not answer, or answered with a failure
  no_address,              ///< the name has no address of a wanted family
  connect_timeout,         ///< no connection within `connect_timeout`
  target_unreachable,      ///< no route leads to the target
  // TLS
  tls_handshake_failed,       ///< the peer ended the handshake, or does not speak TLS
  tls_handshake_timeout,      ///< the handshake did not end within its deadline
  tls_not_tls,                ///< the peer answered with something that is not TLS
  tls_version,                ///< no common TLS version
  tls_alpn,                   ///< the server insists on an ALPN that is not offered
  tls_algorithms,             ///< no common cipher suite, key exchange or kind of signature
  tls_closed_without_notify,  ///< TCP ended without close_notify: data may be missing
  certificate_untrusted,      ///< no chain to a trusted root
  certificate_expired,        ///< expired or not yet valid
  certificate_wrong_name,     ///< valid, but not for this server name
  certificate_wrong_pin,      ///< the fingerprint is not the pinned one
  certificate_wrong_key,      ///< its public key is none of the pinned ones
  certificate_invalid,        ///< anything else that is wrong with it
  // TLS: the client's certificate, as either side sees it
  client_certificate_required,   ///< the server demands one and was shown none
  client_certificate_untrusted,  ///< no chain to a root that the server trusts
  client_certificate_expired,    ///< expired or not yet valid
  client_certificate_refused,    ///< anything else that the server does not like about it
  // TLS: Encrypted ClientHello
  ech_no_config,  ///< no ECH configuration was found for the server
  ech_rejected,   ///< the server took neither our ECH configuration nor the one it gave instead
  ech_disabled,   ///< the server does not take our ECH configuration and offers no other
  // configuration-time
  unreadable_file,
  bad_certificate_file,
  bad_key_file,
  key_mismatch,    ///< the private key does not belong to the certificate
  bad_ech_config,  ///< no ECH configurations, or none that can be used
  bad_ech_keys,    ///< no ECH keys, or some that do not fit
  // a SOCKS or HTTP proxy on the way
  not_a_proxy,               ///< its answer is not one of that kind of proxy
  proxy_closed,              ///< it closed the connection instead of answering
  proxy_wrong_password,      ///< it did not accept the username and password
  proxy_needs_password,      ///< it wants a username and password, none are configured
  proxy_forbidden,           ///< it does not allow the target, the method or the command
  proxy_failed,              ///< it could not connect and does not say why
  proxy_target_refused,      ///< it found nobody listening at the target
  proxy_target_unreachable,  ///< it found no way to the target, or no such name
  proxy_timeout,             ///< it did not get an answer of the target in time
  // of the build
  ech_unavailable,  ///< its TLS library has no Encrypted ClientHello
};

const boost::system::error_category& error_category() noexcept;

inline error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), error_category()};
}

}  // namespace anytls

template <>
struct boost::system::is_error_code_enum<anytls::errc> : std::true_type {};

namespace anytls {

/// One of errc::client_certificate_*: the same certificate will meet the same answer again.
inline bool is_about_client_certificate(const error_code& e) noexcept {
  return e == errc::client_certificate_required || e == errc::client_certificate_untrusted ||
         e == errc::client_certificate_expired || e == errc::client_certificate_refused;
}

}  // namespace anytls
