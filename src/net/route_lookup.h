#pragma once
// Which way the kernel would send packets to an address now: the answer to RTM_GETROUTE.

#include "base/asio.h"

#include <array>
#include <cstdint>
#include <string>

namespace anytls::net {

struct route {
  std::uint32_t interface = 0;  ///< its index; 0 = there is no way
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> gateway{};  ///< zeros on a link without one
  bool operator==(const route&) const = default;
};

/// Of a socket that is bound to an interface or marked (socket_setup.h): other routes than those of
/// all others.
struct route_choice {
  std::string interface;   ///< empty = any
  std::uint32_t mark = 0;  ///< 0 = none
};

/// Asks the kernel; does not block and sends nothing. No route, and any error, is `route{}`.
route look_up_route(const asio::ip::address& to, const route_choice& among = {}) noexcept;

}  // namespace anytls::net
