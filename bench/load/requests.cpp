#include "load/latency.h"
#include "load/loads.h"
#include "load/request.h"
#include "load/socket.h"

#include <unistd.h>
#include <algorithm>
#include <memory>

namespace anytls::bench {
namespace {

struct course {
  const load_options& options;
  std::vector<std::uint8_t> first;
  std::size_t answer;
  std::size_t started = 0, ended = 0;
  latencies times;
};

/// One request after the other, a new connection for each.
class slot : public connection {
 public:
  slot(loop& in, course& c) : connection(in, c.options.to), course_(c) {}

  void next() {
    if (course_.started == course_.options.count) return;
    ++course_.started;
    begin_ = bench_clock::now();
    left_ = course_.answer;
    open();
  }

 private:
  void opened() override { send_small(fd(), course_.first); }

  void readable() override {
    const auto n = drop(fd(), std::max<std::size_t>(left_, 1));
    if (n < 0) return;
    if (n == 0 && left_ > 0) fail("a request was cut");
    if (left_ > 0) {
      left_ -= std::min(left_, static_cast<std::size_t>(n));
      if (left_ > 0) return;
      course_.times.add(seconds_since(begin_));
      if (!course_.options.closes_first) return;  // the end is still to come
    }
    close();
    if (++course_.ended == course_.options.count) return events().stop();
    // A pause only ever stands between requests that come one at a time.
    if (course_.options.pause > 0) ::usleep(static_cast<unsigned>(course_.options.pause * 1e6));
    next();
  }

  course& course_;
  bench_clock::time_point begin_;
  std::size_t left_ = 0;
};

}  // namespace

int run_requests(const load_options& o) {
  loop events;
  course c{o, o.hello ? client_hello() : message(o.closes_first ? 'r' : 'c', o.bytes), 0, 0, 0, {}};
  c.answer = o.hello ? hello_answer : c.first.size();
  c.times.reserve(o.count);
  std::vector<std::unique_ptr<slot>> slots;
  const auto begin = bench_clock::now();
  for (std::size_t i = 0; i < o.at_once && i < o.count; ++i) {
    slots.push_back(std::make_unique<slot>(events, c));
    slots.back()->next();
  }
  events.run();
  c.times.print(seconds_since(begin));
  return 0;
}

}  // namespace anytls::bench
