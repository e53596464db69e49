#include "net/address_order.h"

#include "net/public_address.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace anytls::net {
namespace {

constexpr int ipv4_precedence = 35;

}  // namespace

address_family wanted_family(family_strategy s) noexcept {
  switch (s) {
    case family_strategy::ipv4_only:
      return address_family::ipv4;
    case family_strategy::ipv6_only:
      return address_family::ipv6;
    default:
      return address_family::any;
  }
}

bool matches(const asio::ip::address& a, address_family f) noexcept {
  return f == address_family::any || a.is_v6() == (f == address_family::ipv6);
}

int precedence(const asio::ip::address& a) noexcept {
  if (a.is_v4()) return ipv4_precedence;
  const auto ip = a.to_v6();
  const auto b = ip.to_bytes();
  if (ip.is_loopback()) return 50;
  if (ip.is_v4_mapped()) return ipv4_precedence;
  if (b[0] == 0x20 && b[1] == 0x02) return 30;                           // 6to4
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0) return 5;  // Teredo
  if ((b[0] & 0xfe) == 0xfc) return 3;                                   // unique local
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0) return 1;                   // site-local
  return 40;
}

std::vector<asio::ip::address> order_addresses(const std::vector<asio::ip::address>& found,
                                               family_strategy s) {
  std::vector<asio::ip::address> v4, v6;
  for (const auto& given : found) {
    const auto a = unmapped(given);
    if (!matches(a, wanted_family(s))) continue;
    auto& family = a.is_v6() ? v6 : v4;
    if (std::find(family.begin(), family.end(), a) == family.end()) family.push_back(a);
  }
  const auto better = [](const auto& a, const auto& b) { return precedence(a) > precedence(b); };
  std::stable_sort(v6.begin(), v6.end(), better);

  bool v6_first = s != family_strategy::prefer_ipv4;
  if (s == family_strategy::as_is && !v6.empty()) v6_first = precedence(v6[0]) > ipv4_precedence;
  const auto& first = v6_first ? v6 : v4;
  const auto& second = v6_first ? v4 : v6;

  std::vector<asio::ip::address> out;
  out.reserve(v4.size() + v6.size());
  for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

}  // namespace anytls::net
