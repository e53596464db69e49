#pragma once
// How long things took, and what is said of it.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace anytls::bench {

using bench_clock = std::chrono::steady_clock;

inline double seconds_since(bench_clock::time_point begin) {
  return std::chrono::duration<double>(bench_clock::now() - begin).count();
}

/// Everything is open: what it cost to come so far is not what is measured.
inline void wait_for_go() {
  std::puts("{\"open\": true}");
  std::fflush(stdout);
  std::getchar();
}

class latencies {
 public:
  void reserve(std::size_t n) { all_.reserve(n); }
  void add(double seconds) { all_.push_back(seconds); }
  std::size_t size() const { return all_.size(); }

  /// One line of JSON; times in milliseconds.
  void print(double seconds) {
    std::sort(all_.begin(), all_.end());
    std::printf(
        "{\"count\": %zu, \"seconds\": %.6f, \"p50\": %.4f, \"p99\": %.4f, \"max\": %.4f}\n",
        all_.size(), seconds, at(.50), at(.99), at(1));
    std::fflush(stdout);
  }

 private:
  double at(double share) const {
    if (all_.empty()) return 0;
    const auto last = static_cast<double>(all_.size() - 1);
    return 1000 * all_[static_cast<std::size_t>(share * last + .5)];
  }
  std::vector<double> all_;
};

}  // namespace anytls::bench
