#include "load/relay.h"

#include "load/latency.h"
#include "load/loop.h"
#include "load/socket.h"

#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace anytls::bench {
namespace {

using time_point = bench_clock::time_point;
constexpr std::size_t most_on_the_way = 16 << 20;

struct chunk {
  time_point due;
  std::vector<std::uint8_t> data;  // empty = the end
};

/// One end of a relayed connection: reads for its other, writes what is due.
class side;

/// Wakes sides when their next chunk is due.
class alarm_clock : public handler {
 public:
  explicit alarm_clock(loop& in)
      : fd_(check(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")) {
    in.add(fd_, EPOLLIN, this);
  }
  void at(time_point due, std::weak_ptr<side> who) {
    const bool sooner = due_.empty() || due < due_.begin()->first;
    due_.emplace(due, std::move(who));
    if (sooner) arm();
  }
  void ready(std::uint32_t) override;

 private:
  void arm() {
    const auto since = due_.begin()->first.time_since_epoch();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
    itimerspec when{};
    when.it_value = {whole.count(), std::chrono::nanoseconds(since - whole).count()};
    ::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &when, nullptr);
  }
  int fd_;
  std::multimap<time_point, std::weak_ptr<side>> due_;
};

class side : public handler {
 public:
  side(loop& in, alarm_clock& alarm, int fd, bench_clock::duration delay, time_point not_before)
      : loop_(in), alarm_(alarm), fd_(fd), delay_(delay), not_before_(not_before) {}
  ~side() override { ::close(fd_); }

  static void join(std::shared_ptr<side> a, std::shared_ptr<side> b) {
    for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
      one->self_ = one;
      one->other_ = other;
      one->loop_.add(one->fd_, EPOLLIN, one.get());
    }
  }

  void ready(std::uint32_t events) override {
    if (!self_) return;
    if (events & EPOLLOUT) write();
    if (self_ && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) read(events);
  }

  void due() {
    if (self_) write();
  }

 private:
  void write() {
    while (!queue_.empty() && queue_.front().due <= bench_clock::now()) {
      auto& first = queue_.front();
      if (first.data.empty()) {
        ::shutdown(fd_, SHUT_WR);
        ended_ = true;
        queue_.pop_front();
        break;
      }
      const auto n =
          ::send(fd_, first.data.data() + sent_, first.data.size() - sent_, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) break;
      if (n < 0) return drop_both();
      sent_ += static_cast<std::size_t>(n);
      if (sent_ < first.data.size()) break;
      waiting_ -= sent_;
      sent_ = 0;
      queue_.pop_front();
    }
    stuck_ = !queue_.empty() && queue_.front().due <= bench_clock::now();
    if (!queue_.empty() && !stuck_) alarm_.at(queue_.front().due, self_);
    update();
    if (const auto from = other_.lock()) from->update();
    finish();
  }

  void read(std::uint32_t events) {
    const auto to = other_.lock();
    if (!to) return;
    if (read_ended_) {
      // Closed both ways: epoll would say so again and again while the rest is on its way.
      if (events & (EPOLLHUP | EPOLLERR)) {
        loop_.remove(fd_);
        removed_ = true;
      }
      return;
    }
    std::vector<std::uint8_t> data(64 << 10);
    const auto n = ::recv(fd_, data.data(), data.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) return drop_both();
    data.resize(static_cast<std::size_t>(n));
    read_ended_ = n == 0;
    to->push({std::max(bench_clock::now(), not_before_) + delay_, std::move(data)});
    update();
    finish();
  }

  void push(chunk one) {
    waiting_ += one.data.size();
    const bool first = queue_.empty();
    queue_.push_back(std::move(one));
    if (first) alarm_.at(queue_.front().due, self_);
  }

  void update() {
    const auto to = other_.lock();
    const bool reads = !read_ended_ && to && to->waiting_ < most_on_the_way;
    const std::uint32_t wanted = (reads ? EPOLLIN : 0u) | (stuck_ ? EPOLLOUT : 0u);
    if (self_ && !removed_ && wanted != watched_) loop_.change(fd_, watched_ = wanted, this);
  }

  void finish() {
    const auto to = other_.lock();
    if (to && ended_ && to->ended_) drop_both();
  }

  void drop_both() {
    if (const auto to = other_.lock()) loop_.later(std::exchange(to->self_, nullptr));
    loop_.later(std::exchange(self_, nullptr));
  }

  loop& loop_;
  alarm_clock& alarm_;
  int fd_;
  bench_clock::duration delay_;
  time_point not_before_;
  std::shared_ptr<side> self_;  // until the connection's end
  std::weak_ptr<side> other_;
  std::deque<chunk> queue_;  // to be written here
  std::size_t sent_ = 0;     // of its first
  std::size_t waiting_ = 0;
  std::uint32_t watched_ = EPOLLIN;
  bool stuck_ = false, ended_ = false, read_ended_ = false, removed_ = false;
};

void alarm_clock::ready(std::uint32_t) {
  std::uint64_t ignored;
  if (::read(fd_, &ignored, sizeof ignored) < 0 && errno != EAGAIN) fail_errno("timerfd");
  while (!due_.empty() && due_.begin()->first <= bench_clock::now()) {
    const auto who = due_.begin()->second.lock();
    due_.erase(due_.begin());
    if (who) who->due();
  }
  if (!due_.empty()) arm();
}

class door : public handler {
 public:
  door(loop& in, int fd, int to, double delay)
      : loop_(in),
        alarm_(in),
        fd_(fd),
        to_(to),
        delay_(std::chrono::nanoseconds(static_cast<std::int64_t>(delay * 1e9))) {
    in.add(fd, EPOLLIN, this);
  }
  void ready(std::uint32_t) override {
    const int near = accept_from(fd_);
    if (near < 0) return;
    const auto now = bench_clock::now();
    side::join(std::make_shared<side>(loop_, alarm_, near, delay_, now + 2 * delay_),
               std::make_shared<side>(loop_, alarm_, connect_to(to_), delay_, now));
  }

 private:
  loop& loop_;
  alarm_clock alarm_;
  int fd_;
  int to_;
  bench_clock::duration delay_;
};

}  // namespace

int run_relay(int to, double delay) {
  loop events;
  const int listener = listen_any();
  std::printf("{\"port\": %d}\n", port_of(listener));
  std::fflush(stdout);
  door accepts(events, listener, to, delay);
  events.run();
  return 0;
}

}  // namespace anytls::bench
