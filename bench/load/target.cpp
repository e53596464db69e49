#include "load/target.h"

#include "load/loop.h"
#include "load/request.h"
#include "load/socket.h"

#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace anytls::bench {
namespace {

class served : public handler {
 public:
  served(loop& in, int fd) : loop_(in), fd_(fd) { loop_.add(fd, EPOLLIN, this); }

  void ready(std::uint32_t events) override {
    if (fd_ < 0) return;
    if (events & EPOLLOUT) {
      write();
    } else if (to_send_ == 0) {
      read();
    } else {
      end();  // reset while it does not take what it asked for
    }
  }

 private:
  void read() {
    if (got_ < head_size) {
      const auto n = ::recv(fd_, head_.data() + got_, head_size - got_, 0);
      if (n <= 0) return lost(n);
      got_ += static_cast<std::size_t>(n);
      if (got_ == head_size) begin();
      return;
    }
    const auto n = drop(fd_, static_cast<std::size_t>(std::min<std::uint64_t>(left_, 1 << 20)));
    if (n <= 0) return lost(n);
    left_ -= static_cast<std::uint64_t>(n);
    if (left_ == 0) answer();
  }

  void begin() {
    if (head_[0] == 0x16) {
      each_ = 5 + (std::uint64_t{head_[3]} << 8 | head_[4]);
      answer_ = hello_answer;
      left_ = each_ > head_size ? each_ - head_size : 0;
    } else if (head_[0] == 'd') {
      answer_ = size_in(head_);
      each_ = 1;  // nothing more is expected
    } else if (head_[0] == 'u') {
      each_ = left_ = size_in(head_);
      answer_ = 1;
    } else if (head_[0] == 'r' || head_[0] == 'c' || head_[0] == 'h') {
      each_ = answer_ = size_in(head_);
      left_ = each_ > head_size ? each_ - head_size : 0;
    } else {
      fail("the target does not know what it is asked");
    }
    if (left_ == 0) answer();
  }

  void answer() {
    if (head_[0] == 'h' && answered_) return end();
    answered_ = true;
    left_ = head_[0] == 'h' ? 1 : each_;
    to_send_ = answer_;
    write();
  }

  void write() {
    const auto block = random_block();
    while (to_send_ > 0) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(to_send_, block.size()));
      const auto n = ::send(fd_, block.data(), size, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) break;
      if (n < 0) return end();
      to_send_ -= static_cast<std::uint64_t>(n);
    }
    const bool wait = to_send_ > 0;
    if (!wait && (head_[0] == 'c' || head_[0] == 0x16)) return end();
    if (wait != waits_) loop_.change(fd_, wait ? EPOLLOUT : EPOLLIN, this);
    waits_ = wait;
  }

  void lost(long n) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) end();
  }

  void end() {
    ::close(fd_);
    fd_ = -1;
    loop_.later(std::shared_ptr<handler>(this));
  }

  loop& loop_;
  int fd_;
  std::array<std::uint8_t, head_size> head_{};
  std::size_t got_ = 0;
  std::uint64_t left_ = 0;     // of the message that is coming
  std::uint64_t each_ = 0;     // its size
  std::uint64_t answer_ = 0;   // what follows it
  std::uint64_t to_send_ = 0;  // of that
  bool answered_ = false;
  bool waits_ = false;
};

class door : public handler {
 public:
  door(loop& in, int fd) : loop_(in), fd_(fd) { loop_.add(fd, EPOLLIN, this); }
  void ready(std::uint32_t) override {
    for (int i = 0; i < 64; ++i) {
      const int fd = accept_from(fd_);
      if (fd < 0) return;
      new served(loop_, fd);  // deletes itself
    }
  }

 private:
  loop& loop_;
  int fd_;
};

}  // namespace

int run_target() {
  loop events;
  const int listener = listen_any();
  std::printf("{\"port\": %d}\n", port_of(listener));
  std::fflush(stdout);
  door accepts(events, listener);
  events.run();
  return 0;
}

}  // namespace anytls::bench
