#include "load/loop.h"

#include "load/socket.h"

#include <unistd.h>
#include <cerrno>
#include <iterator>

namespace anytls::bench {

loop::loop() : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

loop::~loop() { ::close(epoll_); }

void loop::add(int fd, std::uint32_t events, handler* who) {
  epoll_event event{events, {.ptr = who}};
  check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void loop::change(int fd, std::uint32_t events, handler* who) {
  epoll_event event{events, {.ptr = who}};
  check(::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

void loop::remove(int fd) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void loop::run() {
  epoll_event events[256];
  running_ = true;
  while (running_) {
    const int n = ::epoll_wait(epoll_, events, static_cast<int>(std::size(events)), -1);
    if (n < 0 && errno == EINTR) continue;
    check(n, "epoll_wait");
    for (int i = 0; i < n && running_; ++i)
      static_cast<handler*>(events[i].data.ptr)->ready(events[i].events);
    dead_.clear();
  }
}

}  // namespace anytls::bench
