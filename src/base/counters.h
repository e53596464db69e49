#pragma once
// Numbers that only rise. A module keeps its own in a plain struct of named counters
// (pool_counters, server_counters ...) and bumps them; what formats them reads them from another
// thread. Names are those of the field with `_total` behind them, and stay as they are once
// released.

#include <atomic>
#include <cstdint>

namespace anytls {

class counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace anytls
