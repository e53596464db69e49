#include "net/public_address.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstring>

namespace anytls::net {
namespace {

struct block4 {
  std::uint32_t base;
  int bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) noexcept {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr block4 reserved4[] = {
    {v4(0, 0, 0, 0), 8},        // "this network", the unspecified address among it
    {v4(10, 0, 0, 0), 8},       // private
    {v4(100, 64, 0, 0), 10},    // CGNAT
    {v4(127, 0, 0, 0), 8},      // loopback
    {v4(169, 254, 0, 0), 16},   // link-local, and the metadata services of clouds
    {v4(172, 16, 0, 0), 12},    // private
    {v4(192, 0, 0, 0), 24},     // protocol assignments
    {v4(192, 0, 2, 0), 24},     // documentation
    {v4(192, 88, 99, 0), 24},   // 6to4 relays, withdrawn
    {v4(192, 168, 0, 0), 16},   // private
    {v4(198, 18, 0, 0), 15},    // benchmarking, and the fake addresses of other proxies
    {v4(198, 51, 100, 0), 24},  // documentation
    {v4(203, 0, 113, 0), 24},   // documentation
    {v4(224, 0, 0, 0), 4},      // multicast
    {v4(240, 0, 0, 0), 4},      // reserved, and broadcast
};

bool is_public4(std::uint32_t ip) noexcept {
  return std::none_of(std::begin(reserved4), std::end(reserved4),
                      [ip](const block4& r) { return (ip ^ r.base) >> (32 - r.bits) == 0; });
}

using bytes6 = asio::ip::address_v6::bytes_type;

std::uint32_t embedded4(const bytes6& b, std::size_t at) noexcept {
  return v4(b[at], b[at + 1], b[at + 2], b[at + 3]);
}

bool begins(const bytes6& b, std::initializer_list<unsigned> with) noexcept {
  return std::equal(with.begin(), with.end(), b.begin());
}

bool is_public6(const bytes6& b) noexcept {
  if (begins(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public4(embedded4(b, 12));
  if (begins(b, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))  // NAT64
    return is_public4(embedded4(b, 12));
  if ((b[0] & 0xe0) != 0x20) return false;                          // not 2000::/3
  if (begins(b, {0x20, 0x01}) && b[2] < 2) return false;            // 2001::/23, Teredo among it
  if (begins(b, {0x20, 0x01, 0x0d, 0xb8})) return false;            // documentation
  if (b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10) return false;    // 3fff::/20, documentation
  if (begins(b, {0x20, 0x02})) return is_public4(embedded4(b, 2));  // 6to4
  const bool isatap = (b[8] & 0xfd) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
  return !isatap || is_public4(embedded4(b, 12));
}

std::vector<asio::ip::address> read_interfaces() {
  std::vector<asio::ip::address> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const auto* one = all; one; one = one->ifa_next) {
    if (!one->ifa_addr) continue;
    if (one->ifa_addr->sa_family == AF_INET) {
      sockaddr_in in{};
      std::memcpy(&in, one->ifa_addr, sizeof in);
      out.emplace_back(asio::ip::address_v4(ntohl(in.sin_addr.s_addr)));
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 in{};
      std::memcpy(&in, one->ifa_addr, sizeof in);
      bytes6 b;
      std::memcpy(b.data(), &in.sin6_addr, b.size());
      out.emplace_back(asio::ip::address_v6(b));  // without its scope: a target has none either
    }
  }
  ::freeifaddrs(all);
  return out;
}

}  // namespace

bool is_public(const asio::ip::address& address) noexcept {
  return address.is_v4() ? is_public4(address.to_v4().to_uint())
                         : is_public6(address.to_v6().to_bytes());
}

asio::ip::address unmapped(const asio::ip::address& a) {
  if (a.is_v6() && a.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
  return a;
}

bool own_addresses::contains(const asio::ip::address& address, time_point now) {
  constexpr duration fresh = 10s;
  const auto wanted = unmapped(address);
  std::lock_guard lock(mutex_);
  if (!std::exchange(read_, true) || now - read_at_ > fresh) {
    known_ = read_interfaces();
    read_at_ = now;
  }
  return std::find(known_.begin(), known_.end(), wanted) != known_.end();
}

}  // namespace anytls::net
