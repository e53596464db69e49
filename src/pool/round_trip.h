#pragma once
// The smoothed round trip to the server, from samples that are sometimes nonsense: an answer that
// had to wait for a black hole, or for a host that slept, says nothing about the path. Pure.

#include "base/clock.h"

#include <algorithm>

namespace anytls::pool {

/// RFC 6298's alpha. A sample counts as twice what was thought so far at most (50 ms more on fast
/// paths): a path that has become slow is believed after a few, one outlier changes nothing.
/// `smoothed` 0 = nothing is known.
constexpr duration smooth_round_trip(duration smoothed, duration sample) noexcept {
  if (smoothed == duration{0}) return sample;
  const auto most = std::max<duration>(2 * smoothed, smoothed + 50ms);
  return smoothed + (std::min(sample, most) - smoothed) / 8;
}

}  // namespace anytls::pool
