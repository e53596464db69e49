#pragma once
// Waiting times of all requests, counted exactly: most of them are the same few values.

#include "base/clock.h"

#include <cstdint>
#include <map>

namespace anytls::simulate {

class wait_times {
 public:
  void add(duration waited) {
    ++counts_[waited];
    ++total_;
  }

  std::uint64_t total() const noexcept { return total_; }
  duration longest() const noexcept {
    return counts_.empty() ? duration{0} : counts_.rbegin()->first;
  }

  /// Nearest rank: the smallest value that at least `percent` of all do not exceed. Zero of
  /// nothing.
  duration percentile(unsigned percent) const noexcept {
    const auto rank = (total_ * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (const auto& [value, count] : counts_)
      if ((seen += count) >= rank) return value;
    return longest();
  }

 private:
  std::map<duration, std::uint64_t> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace anytls::simulate
