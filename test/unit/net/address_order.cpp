#include "net/address_order.h"

#include <boost/asio/ip/address.hpp>

#include <gmock/gmock.h>

namespace anytls::net {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> order(std::vector<std::string> found,
                               family_strategy s = family_strategy::as_is) {
  std::vector<asio::ip::address> in;
  for (const auto& text : found) in.push_back(asio::ip::make_address(text));
  std::vector<std::string> out;
  for (const auto& a : order_addresses(in, s)) out.push_back(a.to_string());
  return out;
}

TEST(address_order, families_alternate_from_ipv6) {
  EXPECT_THAT(order({"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"}),
              ElementsAre("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"));
}

TEST(address_order, each_family_keeps_the_order_of_the_resolver) {
  EXPECT_THAT(order({"192.0.2.9", "192.0.2.1"}), ElementsAre("192.0.2.9", "192.0.2.1"));
}

TEST(address_order, strategies) {
  const std::vector<std::string> both = {"2001:db8::1", "192.0.2.1", "2001:db8::2"};
  EXPECT_THAT(order(both, family_strategy::prefer_ipv4),
              ElementsAre("192.0.2.1", "2001:db8::1", "2001:db8::2"));
  EXPECT_THAT(order(both, family_strategy::prefer_ipv6),
              ElementsAre("2001:db8::1", "192.0.2.1", "2001:db8::2"));
  EXPECT_THAT(order(both, family_strategy::ipv4_only), ElementsAre("192.0.2.1"));
  EXPECT_THAT(order(both, family_strategy::ipv6_only), ElementsAre("2001:db8::1", "2001:db8::2"));
}

TEST(address_order, tunnels_and_local_ipv6_come_after_ipv4) {
  EXPECT_THAT(order({"fd00::1", "192.0.2.1"}), ElementsAre("192.0.2.1", "fd00::1"));
  EXPECT_THAT(order({"2001::1", "192.0.2.1"}), ElementsAre("192.0.2.1", "2001::1"));
  EXPECT_THAT(order({"2002::1", "fd00::1", "2001:db8::1", "192.0.2.1"}),
              ElementsAre("2001:db8::1", "192.0.2.1", "2002::1", "fd00::1"));
  // But not where the user asks for IPv6.
  EXPECT_THAT(order({"192.0.2.1", "fd00::1"}, family_strategy::prefer_ipv6),
              ElementsAre("fd00::1", "192.0.2.1"));
}

TEST(address_order, doubles_are_dropped) {
  EXPECT_THAT(order({"192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::1"}),
              ElementsAre("2001:db8::1", "192.0.2.1"));
}

TEST(address_order, mapped_addresses_are_ipv4) {
  EXPECT_THAT(order({"::ffff:127.0.0.1", "127.0.0.1"}), ElementsAre("127.0.0.1"));
  EXPECT_THAT(order({"::ffff:127.0.0.1"}, family_strategy::ipv6_only), ElementsAre());
}

TEST(address_order, nothing_stays_nothing) { EXPECT_THAT(order({}), ElementsAre()); }

}  // namespace
}  // namespace anytls::net
