#pragma once
// When requests may dial a server that did not answer the last time. Pure. docs/spec/pool.md,
// "Beyond the documents" 4: each tries at once, then they share one attempt a second, and a success
// of anybody's lets all go at once.

#include "base/clock.h"

namespace anytls::pool {

class dial_gate {
 public:
  static constexpr duration turn = 1s;

  /// A request wants to dial: true = go. While the server is down one in a second does; the others
  /// ask again at next_turn().
  bool may_dial(time_point now) noexcept {
    if (!down_) return true;
    if (now < next_turn_) return false;
    next_turn_ = now + turn;
    return true;
  }
  /// A dial failed, or has hung for so long that it will probably fail.
  void failed(time_point now) noexcept {
    if (down_) return;
    down_ = true;
    next_turn_ = now + turn;
  }
  /// A connection was made, by whomever. True: it was down until now.
  bool succeeded() noexcept {
    const bool was = down_;
    down_ = false;
    return was;
  }

  bool down() const noexcept { return down_; }
  time_point next_turn() const noexcept { return next_turn_; }

 private:
  bool down_ = false;
  time_point next_turn_{};
};

}  // namespace anytls::pool
