#pragma once
// The decisions of Happy Eyeballs (RFC 8305 section 5), apart from sockets and clocks.
//
// Flow: the driver asks next() after every event and does what it says, until won or failed. One
// attempt starts every `delay`; at once where the one before has failed.

#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <variant>

namespace anytls::net {

struct start_attempt {
  std::size_t index;
  bool operator==(const start_attempt&) const = default;
};
struct wait_for_event {
  time_point until;
  bool operator==(const wait_for_event&) const = default;
};
struct race_won {
  std::size_t index;
  bool operator==(const race_won&) const = default;
};
struct race_lost {
  error_code reason;
  bool operator==(const race_lost&) const = default;
};
using race_action = std::variant<start_attempt, wait_for_event, race_won, race_lost>;

/// Of two failures of one target the one that says more: a refusal means that the host is there;
/// "network unreachable" often only that this host has no IPv6.
error_code more_telling(error_code a, error_code b) noexcept;

class connect_race {
 public:
  connect_race(std::size_t candidates, duration delay, time_point deadline)
      : candidates_(candidates), delay_(delay), deadline_(deadline) {}

  race_action next(time_point now);
  void connected(std::size_t index);
  void failed(std::size_t index, error_code reason);

 private:
  std::size_t candidates_;
  duration delay_;
  time_point deadline_;
  std::size_t started_ = 0;
  std::size_t running_ = 0;
  time_point next_start_{};
  std::optional<std::size_t> winner_;
  error_code reason_;
};

}  // namespace anytls::net
