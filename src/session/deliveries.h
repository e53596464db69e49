#pragma once
// The payloads of consecutive frames for one stream: they lie where they were decrypted, and go on
// together.

#include "base/io_buffers.h"
#include "session/session_core.h"

#include <array>
#include <span>
#include <utility>

namespace anytls::session {

class deliveries {
 public:
  static constexpr std::size_t most = io_buffers::most_pieces;

  bool takes(const act::deliver& one) const noexcept {
    return count_ == 0 || (stream_ == one.stream && count_ < most);
  }
  void add(const act::deliver& one) noexcept {
    stream_ = one.stream;
    parts_[count_++] = one.data;
  }
  /// What was added since the last call; valid until the next add().
  std::span<const bytes_view> take() noexcept {
    return std::span(parts_).first(std::exchange(count_, 0));
  }
  std::uint32_t stream() const noexcept { return stream_; }

 private:
  std::uint32_t stream_ = 0;
  std::size_t count_ = 0;
  std::array<bytes_view, most> parts_;
};

}  // namespace anytls::session
