#include "load/connection.h"

#include "load/socket.h"

#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>

namespace anytls::bench {

void connection::open() {
  step_ = step::connecting;
  got_ = 0;
  fd_ = connect_to(to_.proxy ? to_.proxy : to_.target);
  loop_.add(fd_, EPOLLOUT, this);
}

void connection::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void connection::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    errno = error;
    fail_errno("connect");
  }
  watch(EPOLLIN);
  if (to_.proxy == 0) {
    step_ = step::open;
    opened();
    return;
  }
  const std::uint8_t greeting[] = {5, 1, 0};
  send_small(fd_, greeting);
  step_ = step::greeted;
}

/// Whether `size` bytes of an answer are there.
bool connection::answered(std::size_t size) {
  const auto n = ::recv(fd_, answer_ + got_, size - got_, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) fail("the proxy closed during the SOCKS handshake");
  got_ += static_cast<std::size_t>(n);
  if (got_ < size) return false;
  got_ = 0;
  return true;
}

void connection::ready(std::uint32_t events) {
  if (fd_ < 0) return;
  switch (step_) {
    case step::connecting:
      connected();
      return;
    case step::greeted: {
      if (!answered(2)) return;
      const std::uint8_t request[] = {5,
                                      1,
                                      0,
                                      1,
                                      127,
                                      0,
                                      0,
                                      1,
                                      static_cast<std::uint8_t>(to_.target >> 8),
                                      static_cast<std::uint8_t>(to_.target)};
      send_small(fd_, request);
      step_ = step::requested;
      return;
    }
    case step::requested:
      if (!answered(10)) return;
      if (answer_[1] != 0) fail("the proxy refused the target");
      step_ = step::open;
      opened();
      return;
    case step::open:
      if (events & EPOLLOUT)
        writable();
      else
        readable();
  }
}

}  // namespace anytls::bench
