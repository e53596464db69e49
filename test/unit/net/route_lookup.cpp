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

TEST(RouteLookup, AmongTheRoutesOfAnInterfaceOrAMark) {
  const auto loopback = asio::ip::make_address("127.0.0.1");
  const auto way = look_up_route(loopback);
  EXPECT_EQ(look_up_route(loopback, {.interface = "lo"}), way);
  EXPECT_EQ(look_up_route(loopback, {.mark = 0x1234}), way) << "no rule here is about this mark";
  EXPECT_EQ(look_up_route(loopback, {.interface = "nope0"}), route{});
}

}  // namespace
}  // namespace anytls::net
