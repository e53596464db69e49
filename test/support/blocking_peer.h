#pragma once
// A blocking socket for tests: the application, or the target, while the code under test runs on
// its own threads. Every wait ends after ten seconds, as a failure.

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace anytls::test {

class blocking_peer {
 public:
  enum class end { none, clean, reset, timeout };

  explicit blocking_peer(int descriptor = -1) : fd_(descriptor) { set_timeout(10); }
  blocking_peer(blocking_peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  blocking_peer& operator=(blocking_peer&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~blocking_peer() { close(); }

  /// To a port of 127.0.0.1.
  static blocking_peer connect(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    return blocking_peer(fd);
  }

  bool valid() const { return fd_ >= 0; }

  /// False: the other side is gone.
  bool send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t n = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      data.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// What comes up to and with `mark`; less where the connection ends before.
  std::string read_until(std::string_view mark) {
    std::string out;
    while (!out.ends_with(mark)) {
      char c;
      if (::recv(fd_, &c, 1, 0) != 1) break;
      out += c;
    }
    return out;
  }

  std::string read_exactly(std::size_t size) {
    std::string out(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t n = ::recv(fd_, out.data() + have, size - have, 0);
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    out.resize(have);
    return out;
  }

  /// Everything up to the end, and which end it was.
  std::pair<std::string, end> read_all() {
    std::string out;
    char buffer[16384];
    for (;;) {
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n > 0)
        out.append(buffer, static_cast<std::size_t>(n));
      else if (n == 0)
        return {out, end::clean};
      else
        return {out, errno == ECONNRESET ? end::reset : end::timeout};
    }
  }

  /// Whether nothing at all comes for that long.
  bool silent(int milliseconds) {
    pollfd p{fd_, POLLIN, 0};
    return ::poll(&p, 1, milliseconds) == 0;
  }

  void half_close() { ::shutdown(fd_, SHUT_WR); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void set_timeout(int seconds) {
    const timeval t{seconds, 0};
    if (fd_ >= 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
      ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
    }
  }

 private:
  int fd_;
};

/// Listens on a port of 127.0.0.1 that the kernel picks.
class blocking_listener {
 public:
  blocking_listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(fd_, 64), 0);
    socklen_t size = sizeof at;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  blocking_listener(const blocking_listener&) = delete;
  ~blocking_listener() { ::close(fd_); }

  std::uint16_t port() const { return port_; }

  /// Not valid() where nobody comes in time.
  blocking_peer accept(int milliseconds = 10'000) {
    const int fd = accept_descriptor(milliseconds);
    return blocking_peer(fd);
  }
  int accept_descriptor(int milliseconds = 10'000) {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, milliseconds) != 1) return -1;
    return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace anytls::test
