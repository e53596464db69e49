#pragma once
// Options of a client and of a server object. Names and defaults are those of the configuration
// files (docs/en/configuration.md); the pool's options are specified in docs/spec/pool.md.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anytls {

/// Checked by the constructor of client. Durations: 0 or more, at most ten years; "> 0" where it
/// says so.
struct client_options {
  std::string server;        ///< name or IP address, IPv6 without brackets; required
  std::uint16_t port = 443;  ///< 1..65535
  std::string password;      ///< required

  /// SNI, and the name that the certificate must carry; empty = `server`. An IP address is verified
  /// and not sent.
  std::string server_name;
  bool insecure = false;  ///< do not verify the certificate; a fingerprint is checked all the same
  /// SHA-256 of a certificate: 64 hex digits, either case, colons allowed. The server's own is
  /// then trusted as it is, or one of an issuer that the server shows too for what it has issued;
  /// nothing else.
  std::string certificate_sha256;
  std::string certificate;        ///< PEM: trusted roots instead of the system's store
  std::string certificate_path;   ///< the same from a file, read once
  std::vector<std::string> alpn;  ///< offered in this order; empty = Chrome's, or none with `none`
  /// Whose ClientHello the server sees: `chrome`, or `none` = the TLS library's own. Empty =
  /// chrome.
  std::string client_fingerprint = "chrome";

  std::chrono::milliseconds connect_timeout{5000};  ///< how long an open tries to connect, > 0

  /// Opening completes when the server says that the target is reached (one round trip more),
  /// instead of when the request is handed to TLS.
  bool wait_for_target = false;

  // The session pool.
  std::chrono::milliseconds idle_session_check_interval{30000};  ///< length of a cycle, > 0
  std::chrono::milliseconds idle_session_timeout{
      30000};                                         ///< a check closes what was idle longer, > 0
  std::uint32_t min_idle_session = 0;                 ///< so many idle sessions stay
  std::uint32_t ensure_idle_session = 0;              ///< sessions made ahead of use; 0 = off
  std::uint32_t ensure_idle_session_create_rate = 0;  ///< most of them per cycle; 0 = no limit
  std::chrono::milliseconds max_connection_lifetime{0};  ///< older sessions are replaced; 0 = none
  std::chrono::milliseconds connection_lifetime_jitter{0};  ///< spread of that, both ways
  std::uint32_t min_idle_session_for_age = 0;  ///< so many stay at any age; 0 = min_idle_session
  std::chrono::milliseconds heartbeat{0};      ///< asks for a sign of life; 0 = off
  bool disable_reuse = false;                  ///< every stream gets a session of its own
  std::chrono::milliseconds half_close_timeout{30000};  ///< see stream::shutdown_send()
  std::string client;  ///< what the server is told of who we are; empty = our true name and version

  /// From `anytls://PASSWORD@HOST[:PORT]/?sni=NAME&insecure=0|1&hpkp=FINGERPRINT&alpn=A,B`
  /// (docs/spec/protocol.md §7). A link without a password leaves `password` empty. Throws
  /// std::invalid_argument for anything else.
  static client_options from_uri(std::string_view uri);
};

/// Checked by the constructor of server.
struct server_options {
  std::string listen = "::";  ///< IP address; `::` = every address of both families
  std::uint16_t port = 0;     ///< 0 = one that is free, see server::port()

  struct user {
    std::string name;  ///< for the log, may be empty
    std::string password;
  };
  std::vector<user> users;  ///< at least one

  // The certificate chain (leaf first) and its key, as PEM texts or as files. The text wins. A
  // thread of the server's looks at the files: new connections get what is in them by then.
  std::string certificate;
  std::string certificate_path;
  std::string key;
  std::string key_path;
  std::vector<std::string> alpn;  ///< the first one that a client offers is chosen; empty = no ALPN

  /// For the clients, docs/spec/protocol.md §4; empty = the protocol's default.
  std::string padding_scheme;

  std::chrono::milliseconds connect_timeout{
      5000};  ///< to a target: name look-up and TCP together, > 0
};

/// A certificate that nobody but its owner vouches for: give `sha256` to clients as
/// certificate_sha256.
struct self_signed_certificate {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
  std::string sha256;       ///< 64 hex digits
};

/// For a DNS name or an IP address, valid from a day ago for `days` from now. Throws
/// std::invalid_argument for an empty or overlong name.
self_signed_certificate make_self_signed_certificate(const std::string& name, int days = 3650);

}  // namespace anytls
