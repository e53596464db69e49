#pragma once
// Is the peer of a session alive? Pure: time and facts in, what to do out. docs/spec/pool.md,
// "Heartbeat".
//
// Flow: every received byte calls received(); tick() is called now and then. Silence of one
// interval -> ask (a HeartRequest); no byte within the deadline after that -> dead.

#include "base/clock.h"

#include <algorithm>
#include <optional>

namespace anytls::session {

struct heartbeat_options {
  duration interval{0};             ///< 0 = off
  std::optional<duration> timeout;  ///< empty = max(4 smoothed RTT, min(interval, 10 s))

  duration deadline(duration smoothed_rtt) const noexcept {
    if (timeout) return *timeout;
    return std::max<duration>(4 * smoothed_rtt, std::min<duration>(interval, 10s));
  }
};

class heartbeat_core {
 public:
  explicit heartbeat_core(time_point now) noexcept : received_at_(now) {}

  void received(time_point now) noexcept {
    received_at_ = now;
    asked_ = false;
  }

  struct facts {
    bool may_ask = true;  ///< false: the peer is version 1
    bool deadline_runs =
        true;  ///< false: we paused reading, or a live stream and TCP has nothing unanswered
    duration smoothed_rtt{0};
  };
  enum class step { none, ask, dead };

  step tick(time_point now, const heartbeat_options& options, const facts& f) noexcept {
    if (options.interval <= duration{0}) return step::none;
    if (asked_) {
      if (!f.deadline_runs) asked_at_ = now;  // it begins anew when the reason is gone
      return now - asked_at_ >= options.deadline(f.smoothed_rtt) ? step::dead : step::none;
    }
    if (!f.may_ask || now - received_at_ < options.interval) return step::none;
    asked_ = true;
    asked_at_ = now;
    return step::ask;
  }

  /// A HeartRequest left for another reason: its answer is expected all the same.
  void asked(time_point now) noexcept {
    if (asked_) return;
    asked_ = true;
    asked_at_ = now;
  }
  /// The peer turned out not to answer any (version 1).
  void forget_question() noexcept { asked_ = false; }

  bool waiting() const noexcept { return asked_; }
  /// When the deadline began to run; only while waiting().
  time_point asked_at() const noexcept { return asked_at_; }
  time_point received_at() const noexcept { return received_at_; }

 private:
  time_point received_at_;
  time_point asked_at_{};
  bool asked_ = false;
};

}  // namespace anytls::session
