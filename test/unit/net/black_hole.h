#pragma once
// An address on loopback where connecting hangs: a listening socket whose queue of waiting
// connections is full.

#include "base/asio.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace anytls::test {

class black_hole {
 public:
  explicit black_hole(const char* address = "127.0.0.1") {
    tcp::endpoint any(asio::ip::make_address(address), 0);
    listening_ = ::socket(any.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::bind(listening_, any.data(), static_cast<socklen_t>(any.size()));
    ::listen(listening_, 0);
    socklen_t size = static_cast<socklen_t>(any.capacity());
    ::getsockname(listening_, any.data(), &size);
    where_ = any;
    for (int i = 0; i < 64 && !full_; ++i) {
      const int fd =
          ::socket(any.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(fd, any.data(), static_cast<socklen_t>(any.size()));
      pollfd p{fd, POLLOUT, 0};
      full_ = ::poll(&p, 1, 100) == 0;
      fill_.push_back(fd);
    }
  }
  ~black_hole() {
    for (const int fd : fill_) ::close(fd);
    ::close(listening_);
  }
  black_hole(const black_hole&) = delete;

  /// False where this kernel lets everybody in.
  bool works() const noexcept { return full_; }
  tcp::endpoint where() const noexcept { return where_; }

 private:
  int listening_ = -1;
  bool full_ = false;
  tcp::endpoint where_;
  std::vector<int> fill_;
};

/// A port of `address` where nobody listens.
inline tcp::endpoint refusing(const char* address = "127.0.0.1") {
  tcp::endpoint e(asio::ip::make_address(address), 0);
  const int fd = ::socket(e.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::bind(fd, e.data(), static_cast<socklen_t>(e.size()));
  socklen_t size = static_cast<socklen_t>(e.capacity());
  ::getsockname(fd, e.data(), &size);
  ::close(fd);
  return e;
}

inline bool has_ipv6() {
  const tcp::endpoint e(asio::ip::make_address("::1"), 0);
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool ok = fd >= 0 && ::bind(fd, e.data(), static_cast<socklen_t>(e.size())) == 0;
  if (fd >= 0) ::close(fd);
  return ok;
}

}  // namespace anytls::test
