#pragma once
// Links to a server, as users and subscriptions hand them around (docs/spec/protocol.md §7):
//   anytls://[auth@]hostname[:port]/?sni=...&insecure=0|1&hpkp=...&alpn=h2,http/1.1#name
//
// Links come out of chats and web pages, so a strict RFC 3986 parser (Boost.URL) would refuse many
// that every other client takes: raw UTF-8 and spaces in the name, '@' in the password, stray '%'.
// Hence an own, small one.

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anytls::protocol {

inline constexpr std::uint16_t default_port = 443;
inline constexpr std::size_t max_uri = 16384;  ///< bytes

struct server_uri {
  std::string
      auth;  ///< the password; of `user:password` the password, or the user name if that is empty
  std::string host;  ///< IPv6 without brackets
  std::uint16_t port = default_port;
  std::string sni;
  bool insecure = false;  ///< `insecure=1` or `true`: do not verify the certificate
  std::string hpkp;       ///< certificate fingerprint, as it was written
  std::string name;       ///< the fragment; without control characters
  std::vector<std::pair<std::string, std::string>>
      other;  ///< unknown parameters, decoded, in order
  std::vector<std::string> alpn;

  bool operator==(const server_uri&) const = default;

  /// The server name to put into the TLS hello: `sni`, else the host; empty (send none) if that is
  /// an IP address.
  std::string server_name() const;
};

/// errc::protocol_error: another scheme, no host or one that cannot be (an unbracketed IPv6
/// address, control characters, spaces), a port outside 1..65535, or longer than max_uri. Of a
/// known parameter given twice the first counts.
result<server_uri> parse_uri(std::string_view text);

/// The link, always with a port (some readers drop links without). parse_uri() of it gives the same
/// value again, given a host, an auth and texts that parse_uri() could have produced.
std::string to_string(const server_uri& uri);

}  // namespace anytls::protocol
