#pragma once
// A socket to ask the kernel something: it has answered when send() returns.

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace anytls::net {

class netlink_socket {
 public:
  /// `protocol`: NETLINK_ROUTE and the like. fd() is negative where there is none.
  explicit netlink_socket(int protocol) noexcept
      : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)) {}
  ~netlink_socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  netlink_socket(const netlink_socket&) = delete;
  netlink_socket& operator=(const netlink_socket&) = delete;

  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace anytls::net
