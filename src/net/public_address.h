#pragma once
// Which addresses belong to the public internet, and which are this machine's own. For servers that
// must not be a door into the network they stand in.

#include "base/asio.h"

#include <mutex>
#include <vector>

namespace anytls::net {

/// False for private, loopback, link-local, CGNAT, multicast, unspecified, documentation and other
/// reserved addresses (IANA's special-purpose registries), and for IPv6 forms that lead to such an
/// IPv4 address: mapped, NAT64 (64:ff9b::/96), 6to4, ISATAP. Of IPv6 only what is allocated for
/// global unicast (2000::/3) is public; Teredo is not, nobody can say where it ends.
bool is_public(const asio::ip::address& address) noexcept;

/// IPv4-mapped IPv6 as IPv4; everything else as it is.
asio::ip::address unmapped(const asio::ip::address& address);

/// The addresses of this machine's interfaces, read again when they are older than ten seconds: a
/// service that listens on a public address of ours may be closed to the outside. Thread-safe.
class own_addresses {
 public:
  bool contains(const asio::ip::address& address, time_point now);

 private:
  std::mutex mutex_;
  time_point read_at_{};
  bool read_ = false;
  std::vector<asio::ip::address> known_;
};

}  // namespace anytls::net
