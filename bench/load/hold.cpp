#include "load/latency.h"
#include "load/loads.h"
#include "load/request.h"
#include "load/socket.h"

#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <memory>

namespace anytls::bench {
namespace {

class held;

struct course {
  const load_options& options;
  std::vector<std::uint8_t> message;
  std::vector<std::unique_ptr<held>> all;
  latencies times;
  std::size_t ended = 0;
  void next(loop& in);
};

class held : public connection {
 public:
  held(loop& in, course& c)
      : connection(in, c.options.to),
        course_(c),
        begin_(bench_clock::now()),
        to_send_(c.message.size()),
        left_(c.message.size()) {}

  void ask_for_end() {
    const std::uint8_t one[] = {0};
    send_small(fd(), one);
  }

 private:
  void opened() override { writable(); }

  void writable() override {
    const auto& all = course_.message;
    const auto n = ::send(fd(), all.data() + (all.size() - to_send_), to_send_, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) fail_errno("send");
    if (n > 0) to_send_ -= static_cast<std::size_t>(n);
    watch(to_send_ ? EPOLLOUT : EPOLLIN);
  }

  void readable() override {
    const auto n = drop(fd(), std::max<std::size_t>(left_, 1));
    if (n < 0) return;
    if (n == 0 && left_ == 0) return ended();
    if (n == 0 || left_ == 0) fail("a connection was cut");
    left_ -= std::min(left_, static_cast<std::size_t>(n));
    if (left_ > 0) return;
    course_.times.add(seconds_since(begin_));
    if (course_.times.size() == course_.options.count) return events().stop();
    course_.next(events());
  }

  void ended() {
    close();
    if (++course_.ended == course_.options.count) events().stop();
  }

  course& course_;
  bench_clock::time_point begin_;
  std::size_t to_send_;
  std::size_t left_;
};

void course::next(loop& in) {
  if (all.size() == options.count) return;
  all.push_back(std::make_unique<held>(in, *this));
  all.back()->open();
}

}  // namespace

int run_hold(const load_options& o) {
  loop events;
  course c{o, message('h', o.bytes), {}, {}, 0};
  c.times.reserve(o.count);
  const auto begin = bench_clock::now();
  for (std::size_t i = 0; i < o.at_once; ++i) c.next(events);
  events.run();
  c.times.print(seconds_since(begin));
  while (std::getchar() != EOF) {
  }
  for (const auto& one : c.all) one->ask_for_end();
  events.run();
  return 0;
}

}  // namespace anytls::bench
