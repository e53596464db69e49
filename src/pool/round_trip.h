#pragma once
// The smoothed round trip to the server, from samples that are sometimes nonsense: an answer that
// had to wait for a black hole, or for a host that slept, says nothing about the path. Pure.

#include "base/clock.h"

#include <algorithm>

namespace anytls::pool {

class round_trip {
 public:
  /// A sample that ends `now`. RFC 6298's alpha. It counts as twice what was thought so far at most
  /// (50 ms more on fast paths): a path that has become slow is believed after a few, one outlier
  /// changes nothing. As in TCP at most one in a round trip: the forty handshakes that all waited
  /// for the same frozen server have seen it once.
  void sample(time_point now, duration took) noexcept {
    const bool seen = smoothed_ > duration{0} && now - took < sampled_at_;
    if (seen && took >= smoothed_) return;
    sampled_at_ = now;
    if (smoothed_ == duration{0}) {
      smoothed_ = took;
      return;
    }
    const auto most = std::max<duration>(2 * smoothed_, smoothed_ + 50ms);
    smoothed_ += (std::min(took, most) - smoothed_) / 8;
  }

  /// 0 = nothing is known.
  duration smoothed() const noexcept { return smoothed_; }

 private:
  duration smoothed_{0};
  time_point sampled_at_{};
};

}  // namespace anytls::pool
