#include "net/name_cache.h"

#include <boost/asio/ip/address.hpp>

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

constexpr auto any = address_family::any;
const time_point t0{1h};

result<addresses> one(const char* text) { return addresses{asio::ip::make_address(text)}; }

TEST(name_cache, an_entry_lives_as_long_as_its_ttl) {
  name_cache c(8);
  c.store("a", any, one("192.0.2.1"), 10s, t0);
  ASSERT_NE(c.find("a", any, t0 + 9s), nullptr);
  EXPECT_EQ(c.find("a", any, t0 + 9s)->value(), one("192.0.2.1").value());
  EXPECT_EQ(c.find("a", any, t0 + 10s), nullptr);
  EXPECT_EQ(c.size(), 0u);
}

TEST(name_cache, the_ttl_is_clamped) {
  name_cache c(8);
  c.store("short", any, one("192.0.2.1"), 0s, t0);
  EXPECT_NE(c.find("short", any, t0 + 999ms), nullptr);
  EXPECT_EQ(c.find("short", any, t0 + 1s), nullptr);
  c.store("long", any, one("192.0.2.1"), 24h, t0);
  EXPECT_NE(c.find("long", any, t0 + 59min), nullptr);
  EXPECT_EQ(c.find("long", any, t0 + 1h), nullptr);
}

TEST(name_cache, families_are_apart) {
  name_cache c(8);
  c.store("a", address_family::ipv4, one("192.0.2.1"), 10s, t0);
  EXPECT_EQ(c.find("a", any, t0), nullptr);
  EXPECT_EQ(c.find("a", address_family::ipv6, t0), nullptr);
}

TEST(name_cache, failures_are_kept_too) {
  name_cache c(8);
  c.store("a", any, make_error_code(errc::name_not_found), name_cache::negative, t0);
  ASSERT_NE(c.find("a", any, t0 + 4s), nullptr);
  EXPECT_EQ(c.find("a", any, t0 + 4s)->error(), errc::name_not_found);
  EXPECT_EQ(c.find("a", any, t0 + 5s), nullptr);
}

TEST(name_cache, the_least_recently_used_makes_room) {
  name_cache c(2);
  c.store("a", any, one("192.0.2.1"), 10s, t0);
  c.store("b", any, one("192.0.2.2"), 10s, t0);
  c.find("a", any, t0);
  c.store("c", any, one("192.0.2.3"), 10s, t0);
  EXPECT_EQ(c.size(), 2u);
  EXPECT_NE(c.find("a", any, t0), nullptr);
  EXPECT_EQ(c.find("b", any, t0), nullptr);
}

TEST(name_cache, storing_again_replaces) {
  name_cache c(2);
  c.store("a", any, one("192.0.2.1"), 1s, t0);
  c.store("a", any, one("192.0.2.2"), 10s, t0);
  EXPECT_EQ(c.size(), 1u);
  EXPECT_EQ(c.find("a", any, t0 + 5s)->value(), one("192.0.2.2").value());
}

TEST(name_cache, no_capacity_is_no_cache) {
  name_cache c(0);
  c.store("a", any, one("192.0.2.1"), 10s, t0);
  EXPECT_EQ(c.find("a", any, t0), nullptr);
}

}  // namespace
}  // namespace anytls::net
