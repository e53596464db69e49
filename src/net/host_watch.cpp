#include "net/host_watch.h"

#include "base/log.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <ctime>

namespace anytls::net {
namespace {

constexpr duration tick = 1s;
// An interface that comes up says so in a dozen messages.
constexpr duration settle = 100ms;

duration read_clock(clockid_t which) noexcept {
  timespec now{};
  ::clock_gettime(which, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

int open_netlink() noexcept {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl where{};
  where.nl_family = AF_NETLINK;
  where.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

struct host_watch::state : std::enable_shared_from_this<host_watch::state> {
  state(asio::io_context& context, handlers h)
      : tell(std::move(h)),
        ticks(context),
        pause(context),
        netlink(context),
        detector(time_asleep()) {}

  void arm_tick() {
    const auto due = clock::now() + tick;
    ticks.expires_at(due);
    ticks.async_wait([self = shared_from_this(), due](error_code ec) {
      if (ec || self->stopped) return;
      if (const auto why = self->detector.tick(due, clock::now(), time_asleep()))
        self->tell.slept(*why);
      if (!self->stopped) self->arm_tick();
    });
  }

  void arm_netlink() {
    netlink.async_wait(asio::posix::descriptor_base::wait_read,
                       [self = shared_from_this()](error_code ec) {
                         if (ec || self->stopped) return;
                         self->drain();
                         self->pause.expires_after(settle);
                         self->pause.async_wait([self](error_code cancelled) {
                           if (cancelled || self->stopped) return;
                           self->drain();
                           self->tell.network();
                           if (!self->stopped) self->arm_netlink();
                         });
                       });
  }
  // What exactly has changed is not looked at. ENOBUFS (too many at once) is a change, too.
  void drain() noexcept {
    std::array<char, 8192> nowhere;
    while (::recv(netlink.native_handle(), nowhere.data(), nowhere.size(), MSG_DONTWAIT) > 0) {
    }
  }

  handlers tell;
  timer ticks;
  timer pause;
  asio::posix::stream_descriptor netlink;
  sleep_detector detector;
  bool stopped = false;
};

duration time_asleep() noexcept { return read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC); }

host_watch::host_watch(asio::io_context& context, handlers tell)
    : state_(std::make_shared<state>(context, std::move(tell))) {}

host_watch::~host_watch() { stop(); }

void host_watch::start() {
  state_->arm_tick();
  const int fd = open_netlink();
  if (fd < 0) {
    log::debug("no netlink socket: changes of the network are not noticed");
    return;
  }
  state_->netlink.assign(fd);
  state_->arm_netlink();
}

void host_watch::stop() noexcept {
  state_->stopped = true;
  state_->ticks.cancel();
  state_->pause.cancel();
  error_code ignored;
  state_->netlink.close(ignored);
}

}  // namespace anytls::net
