#pragma once
// A warning about something that may happen very often: a flood must not flood the log too.

#include "base/clock.h"

#include <atomic>

namespace anytls::server {

/// Used from any thread.
class once_a_minute {
 public:
  /// True for one caller a minute.
  bool due() noexcept {
    const auto now = clock::now().time_since_epoch().count();
    auto next = next_.load(std::memory_order_relaxed);
    return now >= next && next_.compare_exchange_strong(next, now + duration(1min).count(),
                                                        std::memory_order_relaxed);
  }

 private:
  std::atomic<clock::rep> next_{0};
};

}  // namespace anytls::server
