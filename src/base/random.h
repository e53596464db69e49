#pragma once
// The random seam. Production draws from the kernel's generator; tests and the simulator from a
// seed.

#include <cstdint>
#include <random>

namespace anytls {

class random_source {
 public:
  virtual ~random_source() = default;

  /// 64 uniform bits.
  virtual std::uint64_t next() = 0;

  /// Uniform in [low, high], both included; low where high < low.
  std::uint64_t between(std::uint64_t low, std::uint64_t high);
};

/// The kernel's generator, buffered. One per thread: not safe to share.
class system_random final : public random_source {
 public:
  std::uint64_t next() override;

 private:
  std::uint64_t buffer_[32];
  std::size_t left_ = 0;
};

/// The same numbers for the same seed. For tests and the simulator only.
class seeded_random final : public random_source {
 public:
  explicit seeded_random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace anytls
