#pragma once
// When a creation ahead of use may be tried again: after failures, and after a server has closed
// sessions unused. Pure. docs/spec/pool.md, "Beyond the documents" 1 and 4.

#include "base/clock.h"
#include "base/random.h"

#include <algorithm>
#include <cstddef>

namespace anytls::pool {

class back_off {
 public:
  /// A creation failed that had begun at `began`. Those that were in flight together count as one
  /// failure. True: this begins a back-off.
  bool failed(time_point now, time_point began, random_source& random) {
    if (failures_ > 0 && began <= last_failure_) return false;
    ++failures_;
    last_failure_ = now;
    const auto longest =
        std::min<duration>(60s, 1s * (std::int64_t{1} << std::min<std::size_t>(failures_ - 1, 6)));
    retry_at_ = now + duration(random.between(0, static_cast<std::uint64_t>(longest.count())));
    return failures_ == 1;
  }

  /// A creation that ended at `created` has succeeded. One from before the last failure proves
  /// nothing.
  void succeeded(time_point created) noexcept {
    if (since_last_failure(created)) failures_ = 0;
  }
  bool since_last_failure(time_point created) const noexcept {
    return failures_ == 0 || created >= last_failure_;
  }

  /// The server closed a session that nobody had used, sooner than one interval after it was made:
  /// the first time it is replaced at once, then after 1, 2, 4 ... s, up to an interval. Those that
  /// were begun before the last time belong to it. Forgotten when it has not happened for three
  /// intervals: wait, rate and life take one each.
  void closed_unused(time_point now, time_point began, duration interval) {
    if (churn_ > 0 && (now - last_churn_) / 3 > interval) churn_ = 0;
    if (churn_ > 0 && began < last_churn_) return;
    if (churn_ > 0)
      refill_at_ =
          now + std::min<duration>(interval,
                                   1s * (std::int64_t{1} << std::min<std::size_t>(churn_ - 1, 20)));
    ++churn_;
    last_churn_ = now;
  }

  bool backing_off() const noexcept { return failures_ > 0; }
  std::size_t failures() const noexcept { return failures_; }

  /// Before this nothing may be created ahead of use.
  time_point not_before() const noexcept {
    return std::max(backing_off() ? retry_at_ : time_point{}, refill_at_);
  }

 private:
  std::size_t failures_ = 0;
  time_point last_failure_{};
  time_point retry_at_{};
  std::size_t churn_ = 0;
  time_point last_churn_{};
  time_point refill_at_{};
};

}  // namespace anytls::pool
