#include "net/route_lookup.h"

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

TEST(RouteLookup, FindsTheWayToLoopback) {
  const auto way = look_up_route(asio::ip::make_address("127.0.0.1"));
  EXPECT_NE(way.interface, 0u);
  EXPECT_EQ(way.source[0], 127);
  EXPECT_EQ(way.gateway, (std::array<std::uint8_t, 16>{}));
  EXPECT_EQ(look_up_route(asio::ip::make_address("127.0.0.1")), way);
}

}  // namespace
}  // namespace anytls::net
