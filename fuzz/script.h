#pragma once
// Input of a fuzzer read as a script: bytes choose what happens next, so that every mutation is
// another course of events instead of another broken frame. Draw one value a statement: within an
// expression compilers draw in different orders, and a find would replay as something else.

#include "base/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace anytls {

class script {
 public:
  explicit script(bytes_view input) : left_(input) {}

  bool over() const noexcept { return left_.empty(); }

  /// 0 at the end.
  std::uint8_t byte() noexcept { return take(1).empty() ? 0 : last_[0]; }
  std::uint32_t number() noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }
  /// 0 to `most`, `most` below 256.
  std::size_t upto(std::size_t most) noexcept { return byte() % (most + 1); }
  bool flip() noexcept { return (byte() & 1) != 0; }

  /// At most this many bytes of the input itself.
  bytes_view take(std::size_t size) noexcept {
    last_ = left_.first(std::min(size, left_.size()));
    left_ = left_.subspan(last_.size());
    return last_;
  }

  /// A length as peers choose them: mostly short, now and then at a limit.
  std::size_t length(std::size_t most) noexcept {
    const auto kind = byte();
    if (kind < 200) return std::min<std::size_t>(kind % 32, most);
    if (kind < 240) return std::min<std::size_t>(byte() * std::size_t{16}, most);
    static constexpr std::size_t limits[] = {255,   256,   1400,  4096,  16377,  16383,
                                             16384, 16385, 65528, 65535, 131072, 300'000};
    return std::min(limits[kind % std::size(limits)], most);
  }

 private:
  bytes_view left_;
  bytes_view last_;
};

}  // namespace anytls
