#include "net/sleep_detector.h"

#include <gtest/gtest.h>

namespace anytls::net {
namespace {

const time_point t0{1h};
constexpr duration boot = 3h;  // the host has slept for two hours before

TEST(SleepDetector, SaysNothingAboutTimersInTime) {
  sleep_detector d(t0, boot);
  for (auto at = 1s; at < 1h; at += 1s)
    EXPECT_EQ(d.tick(t0 + at, t0 + at + 3ms, boot + at + 3ms), std::nullopt);
}

TEST(SleepDetector, NoticesThatTheHostHasSlept) {
  sleep_detector d(t0, boot);
  EXPECT_EQ(d.tick(t0 + 1s, t0 + 1s, boot + 1s + 1h), "the host has slept");
  EXPECT_EQ(d.tick(t0 + 2s, t0 + 2s, boot + 2s + 1h), std::nullopt) << "told once";
}

TEST(SleepDetector, AClockThatIsReadALittleLaterIsNoSleep) {
  sleep_detector d(t0, boot);
  EXPECT_EQ(d.tick(t0 + 1s, t0 + 1s, boot + 1s + 999ms), std::nullopt);
}

TEST(SleepDetector, NoticesThatTheProcessWasStopped) {
  sleep_detector d(t0, boot);
  EXPECT_EQ(d.tick(t0 + 1s, t0 + 5s + 999ms, boot + 5s + 999ms), std::nullopt);
  EXPECT_EQ(d.tick(t0 + 7s, t0 + 12s, boot + 12s), "this process was stopped for a while");
}

}  // namespace
}  // namespace anytls::net
