#include "net/dual_lookup.h"

#include <boost/asio/ip/address.hpp>

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

constexpr auto v4 = address_family::ipv4;
constexpr auto v6 = address_family::ipv6;
constexpr auto any = address_family::any;

family_answer found(const char* text, duration ttl = 60s) {
  return {{}, {asio::ip::make_address(text)}, ttl};
}
family_answer failed(errc e) { return {e, {}, {}}; }

TEST(dual_lookup, ipv6_comes_first_and_the_shorter_ttl_counts) {
  dual_lookup d(any);
  d.answered(v4, found("192.0.2.1", 30s));
  EXPECT_FALSE(d.complete());
  d.answered(v6, found("2001:db8::1", 90s));
  EXPECT_TRUE(d.complete());
  const auto out = d.outcome();
  ASSERT_TRUE(out.value);
  EXPECT_EQ(out.value->front(), asio::ip::make_address("2001:db8::1"));
  EXPECT_EQ(out.value->size(), 2u);
  EXPECT_EQ(out.ttl, 30s);
}

TEST(dual_lookup, the_missing_family_gets_a_grace_only_once_there_is_an_address) {
  dual_lookup d(any);
  EXPECT_FALSE(d.grace());
  d.answered(v4, failed(errc::no_address));
  EXPECT_FALSE(d.grace());
  d.answered(v4, found("192.0.2.1"));
  EXPECT_EQ(d.grace(), dual_lookup::grace_for_ipv6);

  dual_lookup other(any);
  other.answered(v6, found("2001:db8::1"));
  EXPECT_EQ(other.grace(), dual_lookup::grace_for_ipv4);
}

TEST(dual_lookup, half_an_answer_is_kept_shortly) {
  dual_lookup silent(any);
  silent.answered(v4, found("192.0.2.1", 1h));
  EXPECT_EQ(silent.outcome().ttl, name_cache::negative);

  dual_lookup broken(any);
  broken.answered(v4, found("192.0.2.1", 1h));
  broken.answered(v6, failed(errc::name_resolution_failed));
  EXPECT_EQ(broken.outcome().ttl, name_cache::negative);

  dual_lookup ipv4_host(any);
  ipv4_host.answered(v4, found("192.0.2.1", 1h));
  ipv4_host.answered(v6, failed(errc::no_address));
  EXPECT_EQ(ipv4_host.outcome().ttl, 1h);
}

TEST(dual_lookup, one_family_is_enough_where_one_is_wanted) {
  dual_lookup d(v4);
  EXPECT_FALSE(d.wants(v6));
  d.answered(v4, found("192.0.2.1"));
  EXPECT_TRUE(d.complete());
  EXPECT_EQ(d.outcome().ttl, 60s);
}

TEST(dual_lookup, two_failures_make_one) {
  struct {
    errc a, b, expected;
  } const cases[] = {
      {errc::name_not_found, errc::name_not_found, errc::name_not_found},
      {errc::no_address, errc::no_address, errc::no_address},
      {errc::no_address, errc::name_not_found, errc::no_address},
      {errc::no_address, errc::name_resolution_failed, errc::name_resolution_failed},
      {errc::name_not_found, errc::name_resolution_failed, errc::name_not_found},
      {errc::name_resolution_failed, errc::name_resolution_failed, errc::name_resolution_failed},
  };
  for (const auto& c : cases) {
    for (const bool swapped : {false, true}) {
      dual_lookup d(any);
      d.answered(v4, failed(swapped ? c.b : c.a));
      d.answered(v6, failed(swapped ? c.a : c.b));
      const auto out = d.outcome();
      EXPECT_EQ(out.value.error(), c.expected);
      // Whether a failing server still fails is worth asking again.
      EXPECT_EQ(out.ttl > 0s, c.expected != errc::name_resolution_failed);
    }
  }
}

}  // namespace
}  // namespace anytls::net
