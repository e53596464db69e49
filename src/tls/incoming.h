#pragma once
// Received bytes on their way into TLS. They lie in the thread's lent buffer during one call; what
// TLS did not take by its end is kept in a vector of our own, which exists only as long as it holds
// something.

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>

namespace anytls::tls {

class incoming {
 public:
  /// A call into TLS begins: it may receive from `fd` once (one system call a turn keeps turns
  /// short), up to `most` bytes.
  void begin(int fd, std::size_t most) noexcept {
    fd_ = fd;
    most_ = most;
    may_receive_ = true;
  }

  /// Up to `size` bytes. 0 = none now (see ended() and error()).
  std::size_t read(std::uint8_t* to, std::size_t size) noexcept;

  /// The call into TLS is over: gives the lent buffer back.
  void end();

  /// Bytes left from earlier calls.
  std::size_t left() const noexcept { return kept_.size() - position_; }

  bool ended() const noexcept { return ended_; }               ///< the peer sent FIN
  const error_code& error() const noexcept { return error_; }  ///< of the receive

  bool anything() const noexcept { return seen_ != 0; }
  /// False once the first bytes cannot begin a TLS record of a handshake or an alert.
  bool looks_like_tls() const noexcept;

  /// Bytes of memory held (tests: none while idle).
  std::size_t capacity() const noexcept { return kept_.capacity(); }

 private:
  void receive() noexcept;

  bytes kept_;
  std::size_t position_ = 0;
  bytes_view lent_;  // only between begin() and end()
  error_code error_;
  std::size_t most_ = 0;
  int fd_ = -1;
  bool may_receive_ = false;
  bool ended_ = false;
  std::uint8_t seen_ = 0;
  std::uint8_t first_[2] = {};
};

}  // namespace anytls::tls
