#include "base/random.h"

#include <sys/random.h>
#include <cstdlib>

namespace anytls {

std::uint64_t random_source::between(std::uint64_t low, std::uint64_t high) {
  if (high <= low) return low;
  const std::uint64_t range = high - low + 1;
  if (range == 0) return next();  // all 64 bits
  // Rejection keeps the distribution exact: numbers below (2^64 mod range) would count twice.
  const std::uint64_t reject = (0 - range) % range;
  std::uint64_t value;
  do value = next();
  while (value < reject);
  return low + value % range;
}

std::uint64_t system_random::next() {
  if (left_ == 0) {
    // 256 bytes or fewer are never cut short or interrupted once the kernel's pool is ready
    // (random(7)).
    if (getrandom(buffer_, sizeof buffer_, 0) != static_cast<ssize_t>(sizeof buffer_)) std::abort();
    left_ = std::size(buffer_);
  }
  return buffer_[--left_];
}

}  // namespace anytls
