#pragma once
// Encrypted bytes on their way to the kernel.
//
// Flow: TLS appends records -> they lie in the thread's lent buffer -> flush() sends all with one
// system call -> only what the kernel refused moves into a vector of our own, which is freed when
// it has drained. The lent buffer has one borrower at a time: should another connection of the
// thread want it before this one has flushed, this one's bytes are moved out of it first. More than
// the lent buffer takes goes to the vector too.

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>

namespace anytls::tls {

class outgoing {
 public:
  outgoing() = default;
  ~outgoing();
  outgoing(const outgoing&) = delete;
  outgoing& operator=(const outgoing&) = delete;

  void append(bytes_view data);

  /// One send as a rule. would_block is not an error: see size().
  error_code flush(int fd);

  /// What would be sent next, taken out, for whoever sends it in another way.
  bytes take();

  std::size_t size() const noexcept { return lent_ + owned_.size() - position_; }

  void clear() noexcept;

  /// Bytes of memory held (tests: none while idle).
  std::size_t capacity() const noexcept { return owned_.capacity(); }

 private:
  void give_back() noexcept;
  void take_out();  // lent bytes -> owned

  std::size_t lent_ = 0;  // sent before owned_
  bytes owned_;
  std::size_t position_ = 0;  // sent already
};

}  // namespace anytls::tls
