#pragma once
// Has the host slept, or this process been stopped? Pure. docs/spec/pool.md, "Beyond the documents"
// 6.

#include "base/clock.h"

#include <optional>
#include <string_view>

namespace anytls::net {

class sleep_detector {
 public:
  static constexpr duration shortest_sleep = 1s;
  /// Nobody runs this process for so long but for a reason.
  static constexpr duration latest_timer = 5s;

  /// `asleep`: how long the host has slept since it was started (time_asleep()).
  explicit sleep_detector(duration asleep) : asleep_(asleep) {}

  /// A timer that was due at `due` has fired. What has happened, in words for the log; nothing = a
  /// timer like any other.
  std::optional<std::string_view> tick(time_point due, time_point now, duration asleep) {
    const bool slept = asleep - asleep_ >= shortest_sleep;
    asleep_ = asleep;
    if (slept) return "the host has slept";
    if (now - due >= latest_timer) return "this process was stopped for a while";
    return std::nullopt;
  }

 private:
  duration asleep_;
};

}  // namespace anytls::net
