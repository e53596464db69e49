#include "net/public_address.h"

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

asio::ip::address ip(const char* text) { return asio::ip::make_address(text); }

TEST(PublicAddress, TheInternet) {
  for (const auto* one :
       {"1.1.1.1",         "9.255.255.255",        "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255",      "128.0.0.0",      "169.253.255.255",
        "169.255.0.0",     "172.15.255.255",       "172.32.0.0",     "192.0.1.0",
        "192.167.255.255", "192.169.0.0",          "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700:4700::1111", "2001:200::1",    "2001:4860:4860::8888",
        "2400::1",         "3fff:1000::1",         "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        "2002:808:808::1", "2606::5efe:8.8.8.8"})
    EXPECT_TRUE(is_public(ip(one))) << one;
}

TEST(PublicAddress, WhatIsNot) {
  for (const auto* one :
       {"0.0.0.0",         "0.1.2.3",         "10.0.0.0",        "10.255.255.255",  "100.64.0.0",
        "100.127.255.255", "127.0.0.1",       "127.255.255.255", "169.254.169.254", "172.16.0.0",
        "172.31.255.255",  "192.0.0.8",       "192.0.2.1",       "192.88.99.1",     "192.168.0.0",
        "192.168.255.255", "198.18.0.1",      "198.19.255.255",  "198.51.100.1",    "203.0.113.1",
        "224.0.0.1",       "239.255.255.255", "240.0.0.1",       "255.255.255.255"})
    EXPECT_FALSE(is_public(ip(one))) << one;
  for (const auto* one :
       {"::", "::1", "::7f00:1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fdff::1", "ff02::1",
        "2001::1", "2001:0:4136:e378::1", "2001:1ff::1", "2001:db8::1", "3fff::1", "100::1",
        "64:ff9b:1::8.8.8.8", "5f00::1", "4000::1"})
    EXPECT_FALSE(is_public(ip(one))) << one;
}

TEST(PublicAddress, FormsThatLeadToAnAddressThatIsNot) {
  for (const auto* one :
       {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::192.168.1.1",
        "64:ff9b::127.0.0.1", "2002:7f00:1::1", "2002:c0a8:101::", "2002:a9fe:a9fe::1",
        "2606::5efe:10.0.0.1", "2606::200:5efe:10.0.0.1"})
    EXPECT_FALSE(is_public(ip(one))) << one;
}

TEST(PublicAddress, AScopeChangesNothing) {
  auto v6 = ip("fe80::1").to_v6();
  v6.scope_id(1);
  EXPECT_FALSE(is_public(v6));
}

TEST(OwnAddresses, LoopbackIsOneOfThemAndTheInternetIsNot) {
  own_addresses mine;
  const time_point now{};
  EXPECT_TRUE(mine.contains(ip("127.0.0.1"), now));
  EXPECT_TRUE(mine.contains(ip("::ffff:127.0.0.1"), now));
  EXPECT_FALSE(mine.contains(ip("1.1.1.1"), now + 1h));
}

}  // namespace
}  // namespace anytls::net
