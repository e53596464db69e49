#pragma once
// The PROXY protocol of HAProxy, versions 1 and 2, as a load balancer sends it in front of what its
// client says (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt).
//
// Flow: whoever accepts a connection calls read_proxy_header() with all that has arrived, until the
// state is not need_more; bytes after proxy_header::size are the client's. Checksums and other TLVs
// of version 2 are passed over.

#include "base/bytes.h"
#include "protocol/socks_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace anytls::protocol {

/// Does a connection begin with a header?
enum class proxy_protocol : std::uint8_t {
  off,
  required,
  optional,  ///< it may: whoever can connect past the load balancer can also claim any address
};

/// Longer ones are malformed. Version 1 has a limit of its own, 107 bytes.
inline constexpr std::size_t max_proxy_header = 536;

struct proxy_header {
  enum class state : std::uint8_t {
    need_more,  ///< so far it may become one
    complete,
    absent,     ///< the first bytes are no header's
    malformed,  ///< they are, and the rest is not
  };

  state is = state::need_more;
  std::size_t size = 0;  ///< complete: bytes that it took
  /// complete: the client, as an IP address. None where the load balancer speaks for itself (LOCAL)
  /// or has no TCP address to tell (UNKNOWN, UNSPEC, UDP, UNIX).
  std::optional<address> source;

  bool operator==(const proxy_header&) const = default;
};

proxy_header read_proxy_header(bytes_view input);

}  // namespace anytls::protocol
