#pragma once
// A descriptor that is closed with its owner.

#include <unistd.h>
#include <utility>

namespace anytls::net {

struct owned_fd {
  int fd = -1;  ///< -1 = none

  explicit owned_fd(int f = -1) noexcept : fd(f) {}
  owned_fd(const owned_fd&) = delete;
  owned_fd(owned_fd&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~owned_fd() {
    if (fd >= 0) ::close(fd);
  }

  /// It is somebody else's to close now.
  int release() noexcept { return std::exchange(fd, -1); }
};

}  // namespace anytls::net
