#include "net/sleep_detector.h"

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

const time_point t0{1h};
constexpr duration before = 2h;  // the host has slept for so long before

TEST(SleepDetector, SaysNothingAboutTimersInTime) {
  sleep_detector d(before);
  for (auto at = 1s; at < 1h; at += 1s)
    EXPECT_EQ(d.tick(t0 + at, t0 + at + 3ms, before + 1us), std::nullopt);
}

TEST(SleepDetector, NoticesThatTheHostHasSlept) {
  sleep_detector d(before);
  EXPECT_EQ(d.tick(t0 + 1s, t0 + 1s, before + 1h), "the host has slept");
  EXPECT_EQ(d.tick(t0 + 2s, t0 + 2s, before + 1h), std::nullopt) << "told once";
}

TEST(SleepDetector, AClockThatIsReadALittleLaterIsNoSleep) {
  sleep_detector d(before);
  EXPECT_EQ(d.tick(t0 + 1s, t0 + 1s, before + 999ms), std::nullopt);
}

TEST(SleepDetector, NoticesThatTheProcessWasStopped) {
  sleep_detector d(before);
  EXPECT_EQ(d.tick(t0 + 1s, t0 + 5s + 999ms, before), std::nullopt);
  EXPECT_EQ(d.tick(t0 + 7s, t0 + 12s, before), "this process was stopped for a while");
}

}  // namespace
}  // namespace anytls::net
