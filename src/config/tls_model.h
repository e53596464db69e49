#pragma once
// TLS as a configuration may say it, on either side; part of the model.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace anytls::config {

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

/// Whose ClientHello a client sends: Chrome's, or the TLS library's own.
enum class client_hello : std::uint8_t { chrome, plain };

/// PEM text wins over a path; a path is as the file has it (relative to the working directory).
struct tls_server {
  std::string certificate;
  std::string certificate_path;
  std::string key;
  std::string key_path;
  std::string server_name;
  std::vector<std::string> alpn;
  std::optional<tls_version> min_version;
  std::optional<tls_version> max_version;
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
  bool resumption = true;          ///< handshakes with tickets of earlier ones
  client_hello hello = client_hello::chrome;
};

}  // namespace anytls::config
