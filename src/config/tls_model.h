#pragma once
// TLS as a configuration may say it, on either side; part of the model.

#include "base/clock.h"
#include "base/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace anytls::config {

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

/// Whose ClientHello a client sends: Chrome's, or the TLS library's own.
enum class client_hello : std::uint8_t { chrome, plain };

/// PEM text wins over a path; a path is as the file has it (relative to the working directory).
struct tls_identity {
  std::string certificate;
  std::string certificate_path;
  std::string key;
  std::string key_path;
};

enum class client_authentication : std::uint8_t {
  no,
  request,
  require_any,
  verify_if_given,
  require_and_verify
};

/// The first certificate is the one of `certificate`; where that is empty, of `certificates`.
struct tls_server {
  std::string certificate;
  std::string certificate_path;
  std::string key;
  std::string key_path;
  std::vector<tls_identity> certificates;  ///< more of them, chosen by the client's server name
  client_authentication clients = client_authentication::no;
  std::string client_certificate;  ///< PEM text of the roots of clients' certificates
  std::vector<std::string> client_certificate_paths;  ///< the same in files
  std::vector<sha256_digest> client_keys_sha256;  ///< instead of roots: the clients' public keys
  std::string server_name;
  std::vector<std::string> alpn;
  std::optional<tls_version> min_version;
  std::optional<tls_version> max_version;
  std::vector<std::string> cipher_suites;  ///< checked names; empty = the usual ones
  std::vector<std::string> curves;
  std::string ech_key;  ///< PEM "ECH KEYS"; empty with its path: no ECH
  std::string ech_key_path;
};

/// Encrypted ClientHello of a client. Without config and path it is looked up in DNS.
struct ech_client {
  bool enabled = false;
  std::string config;  ///< PEM "ECH CONFIGS", or base64
  std::string config_path;
  std::string query_name;  ///< whose HTTPS record is asked for; empty = the server name's
};

/// A ClientHello in pieces.
struct fragment {
  bool segments = false;
  bool records = false;
  duration fallback_delay = 500ms;
};

struct tls_client {
  bool enabled = false;     ///< always true on an AnyTLS outbound that passed the checks
  std::string server_name;  ///< empty = the server's address
  bool disable_sni = false;
  bool insecure = false;
  std::vector<std::string> alpn;
  std::optional<tls_version> min_version;
  std::optional<tls_version> max_version;
  std::string certificate;         ///< PEM text of trusted roots, instead of the system's
  std::string certificate_path;    ///< the same in a file
  std::string certificate_sha256;  ///< pinned certificate: 64 lower-case hex digits, no colons
  std::vector<sha256_digest> public_keys_sha256;  ///< pinned public keys: any of them will do
  tls_identity client;                            ///< shown to a server that asks
  std::vector<std::string> cipher_suites;         ///< checked names; empty = the usual ones
  std::vector<std::string> curves;
  bool resumption = true;  ///< handshakes with tickets of earlier ones
  client_hello hello = client_hello::chrome;
  ech_client ech;
  anytls::config::fragment fragment;
};

}  // namespace anytls::config
