#include "server/admission_core.h"

#include <gtest/gtest.h>

#include <cstring>

namespace anytls::server {
namespace {

using enum admission_verdict;

source_key v4(std::uint8_t last) {
  return source_of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 1, 1, last});
}

source_key v6(std::uint64_t network, std::uint64_t host = 1) {
  std::array<std::uint8_t, 16> a{};
  for (int i = 0; i < 8; ++i) {
    a[7 - i] = static_cast<std::uint8_t>(network >> (8 * i));
    a[15 - i] = static_cast<std::uint8_t>(host >> (8 * i));
  }
  return source_of(a);
}

constexpr std::uint64_t attackers_network = 0x2a00'1234'0000'0000;

struct door {
  explicit door(const admission_options& o = {}) : core(o, 42) {}

  /// How many of `count` connections of `from` are let in.
  int arrive(const std::optional<source_key>& from, int count) {
    int in = 0;
    for (int i = 0; i < count; ++i)
      if ((last = core.arrive(from, now)) == admitted) ++in;
    return in;
  }
  void leave(const std::optional<source_key>& from, int count,
             departure how = departure::authenticated) {
    for (int i = 0; i < count; ++i) core.leave(from, how, now);
  }
  /// `count` connections, one after the other, that turn out to be no clients.
  int fail(const source_key& from, int count) {
    int in = 0;
    for (int i = 0; i < count; ++i)
      if (arrive(from, 1) == 1) {
        leave(from, 1, departure::failed);
        ++in;
      }
    return in;
  }

  admission_core core;
  time_point now = time_point{} + 1000h;
  admission_verdict last = admitted;
};

TEST(AdmissionCore, AWarmPoolOfFiftyAndASchoolBehindOneAddressDoNotMeetALimit) {
  door d;
  EXPECT_EQ(d.arrive(v4(1), 50), 50);
  // 500 pupils whose pools of 4 open within a second, each handshake a third of a second long.
  int in = 0;
  for (int i = 0; i < 20; ++i) {
    in += d.arrive(v4(2), 100);
    if (i >= 7) d.leave(v4(2), 100);
    d.now += 50ms;
  }
  EXPECT_EQ(in, 2000);
}

TEST(AdmissionCore, AuthenticatedSessionsAreNotCounted) {
  door d;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(d.arrive(v4(1), 200), 200);
    d.leave(v4(1), 200);
    d.now += 1s;
  }
  EXPECT_EQ(d.core.pending(), 0u);
}

TEST(AdmissionCore, PendingConnectionsOfOneSourceAreLimitedAndOthersAreNot) {
  door d({.pending = 0, .pending_per_source = 10});
  EXPECT_EQ(d.arrive(v4(1), 12), 10);
  EXPECT_EQ(d.last, too_many_from_source);
  EXPECT_EQ(d.arrive(v4(2), 10), 10);
  d.leave(v4(1), 3, departure::gone);
  EXPECT_EQ(d.arrive(v4(1), 12), 3);
}

TEST(AdmissionCore, TheTotalIsLimitedAndComesBack) {
  door d({.pending = 5, .pending_per_source = 0});
  EXPECT_EQ(d.arrive(v4(1), 3), 3);
  EXPECT_EQ(d.arrive({}, 3), 2);
  EXPECT_EQ(d.last, too_many_pending);
  EXPECT_EQ(d.arrive(v4(2), 1), 0);
  d.leave({}, 1);
  EXPECT_EQ(d.arrive(v4(2), 2), 1);
}

TEST(AdmissionCore, UnderPressureOneSourceGetsASixteenth) {
  door d({.pending = 100, .pending_per_source = 64, .handshakes_per_second = 0});
  EXPECT_EQ(d.arrive(v4(1), 100), 50);  // from then on four at most
  EXPECT_EQ(d.last, too_many_from_source);
  EXPECT_EQ(d.arrive(v4(2), 100), 4);
  EXPECT_EQ(d.arrive(v4(3), 100), 4);
}

TEST(AdmissionCore, HandshakesPerSecondWithABurst) {
  door d({.pending = 0, .pending_per_source = 0, .handshakes_per_second = 10});
  EXPECT_EQ(d.arrive(v4(1), 100), 50);
  EXPECT_EQ(d.last, too_fast);
  d.now += 1s;
  EXPECT_EQ(d.arrive(v4(1), 100), 10);
  d.now += 1h;
  EXPECT_EQ(d.arrive(v4(1), 100), 50);
}

TEST(AdmissionCore, TooManyFailuresShutASourceOutForAWhile) {
  door d({.failures_per_minute = 60});
  EXPECT_EQ(d.fail(v4(1), 100), 60);
  EXPECT_EQ(d.last, too_many_failures);
  EXPECT_EQ(d.arrive(v4(2), 1), 1);
  d.now += 29s;
  EXPECT_EQ(d.arrive(v4(1), 1), 0);
  d.now += 1s;
  EXPECT_EQ(d.arrive(v4(1), 1), 1);
}

TEST(AdmissionCore, FailuresThatAreSpreadOutAreForgotten) {
  door d({.failures_per_minute = 60});
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(d.fail(v4(1), 1), 1);
    d.now += 1s;
  }
}

TEST(AdmissionCore, OnlyWhatFailedCounts) {
  door d({.failures_per_minute = 5});
  for (const auto how : {departure::authenticated, departure::gone})
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(d.arrive(v4(1), 1), 1);
      d.leave(v4(1), 1, how);
    }
}

TEST(AdmissionCore, ASourceOfIpv6IsItsNetwork) {
  EXPECT_EQ(v6(7, 1), v6(7, 0xffff'ffff'ffff'ffff));
  EXPECT_NE(v6(7), v6(8));
  EXPECT_NE(v4(1), v4(2));
}

TEST(AdmissionCore, NoSourceIsLimitedInTheTotalOnly) {
  door d({.pending = 1000,
          .pending_per_source = 1,
          .handshakes_per_second = 1,
          .failures_per_minute = 1});
  EXPECT_EQ(d.arrive({}, 1000), 1000);
  d.leave({}, 1000, departure::failed);
  EXPECT_EQ(d.arrive({}, 1), 1);
  EXPECT_EQ(d.core.sources(), 0u);
}

TEST(AdmissionCore, ASlashThirtyTwoOfSourcesDoesNotGrowTheTable) {
  door d({.sources = 100});
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const auto from = v6(attackers_network + i);
    EXPECT_EQ(d.arrive(from, 1), 1);
    d.leave(from, 1, departure::failed);
    ASSERT_LE(d.core.sources(), 100u);
  }
}

TEST(AdmissionCore, SourcesWithConnectionsUnderWayAreNotForgotten) {
  door d({.pending = 0, .pending_per_source = 2, .sources = 50});
  EXPECT_EQ(d.arrive(v4(1), 2), 2);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto from = v6(attackers_network + i);
    EXPECT_EQ(d.arrive(from, 1), 1);
    d.leave(from, 1, departure::gone);
  }
  EXPECT_EQ(d.arrive(v4(1), 1), 0);
  EXPECT_EQ(d.last, too_many_from_source);
}

TEST(AdmissionCore, ATableFullOfConnectionsUnderWayFallsBackToTheTotal) {
  door d({.pending = 60, .pending_per_source = 1, .sources = 50});
  for (std::uint64_t i = 0; i < 60; ++i) EXPECT_EQ(d.arrive(v6(i), 1), 1);
  EXPECT_EQ(d.core.sources(), 50u);
  EXPECT_EQ(d.arrive(v6(100), 1), 0);
  EXPECT_EQ(d.last, too_many_pending);
  for (std::uint64_t i = 0; i < 60; ++i) d.leave(v6(i), 1);
  EXPECT_EQ(d.core.pending(), 0u);
}

TEST(AdmissionCore, TimeThatStandsStillOrJumpsDoesNoHarm) {
  door d({.pending = 0, .pending_per_source = 0, .handshakes_per_second = 10});
  EXPECT_EQ(d.arrive(v4(1), 100), 50);
  d.now -= 1h;
  EXPECT_EQ(d.arrive(v4(1), 10), 0);
  d.now += 10000h;
  EXPECT_EQ(d.arrive(v4(1), 100), 50);
}

}  // namespace
}  // namespace anytls::server
