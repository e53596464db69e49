#include "load/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace anytls::bench {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(static_cast<std::uint16_t>(port));
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int tcp_socket() {
  return check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
}

}  // namespace

void fail(const char* what) {
  std::fprintf(stderr, "bench_load: %s\n", what);
  std::exit(1);
}

void fail_errno(const char* what) {
  std::fprintf(stderr, "bench_load: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int listen_any() {
  const int fd = tcp_socket();
  const auto address = loopback(0);
  check(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  check(::listen(fd, 4096), "listen");
  return fd;
}

int port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

int accept_from(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    no_delay(fd);
  } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
    fail_errno("accept");
  }
  return fd;
}

int connect_to(int port) {
  const int fd = tcp_socket();
  no_delay(fd);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 &&
      errno != EINPROGRESS)
    fail_errno("connect");
  return fd;
}

void send_small(int fd, std::span<const std::uint8_t> data) {
  const auto n = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
  if (n < 0) fail_errno("send");
  if (static_cast<std::size_t>(n) != data.size()) fail("a small send was cut");
}

long drop(int fd, std::size_t most) {
  const auto n = ::recv(fd, nullptr, most, MSG_TRUNC);
  if (n < 0 && errno != EAGAIN && errno != EINTR) {
    if (errno == ECONNRESET) return 0;
    fail_errno("recv");
  }
  return n;
}

std::span<const std::uint8_t> random_block() {
  static const auto block = [] {
    std::vector<std::uint8_t> out(256 << 10);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < out.size(); i += 8) {
      const auto word = random();
      std::memcpy(out.data() + i, &word, 8);
    }
    return out;
  }();
  return block;
}

}  // namespace anytls::bench
