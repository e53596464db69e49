#include "load/latency.h"
#include "load/loads.h"
#include "load/request.h"
#include "load/socket.h"

#include <memory>

namespace anytls::bench {
namespace {

struct course {
  const load_options& options;
  std::vector<std::uint8_t> ping;
  std::size_t open = 0;
  latencies times;
};

class player : public connection {
 public:
  player(loop& in, course& c) : connection(in, c.options.to), course_(c) {}

  void ping() {
    begin_ = bench_clock::now();
    left_ = course_.ping.size();
    send_small(fd(), course_.ping);
  }

 private:
  void opened() override {
    if (++course_.open == course_.options.at_once) events().stop();
  }

  void readable() override {
    const auto n = drop(fd(), left_);
    if (n < 0) return;
    if (n == 0) fail("a stream was cut");
    left_ -= static_cast<std::size_t>(n);
    if (left_ > 0) return;
    course_.times.add(seconds_since(begin_));
    if (++played_ < course_.options.count) return ping();
    if (--course_.open == 0) events().stop();
  }

  course& course_;
  bench_clock::time_point begin_;
  std::size_t left_ = 0;
  std::size_t played_ = 0;
};

}  // namespace

int run_ping_pong(const load_options& o) {
  loop events;
  course c{o, message('r', o.bytes), 0, {}};
  c.times.reserve(o.count * o.at_once);
  std::vector<std::unique_ptr<player>> players;
  for (std::size_t i = 0; i < o.at_once; ++i) {
    players.push_back(std::make_unique<player>(events, c));
    players.back()->open();
  }
  events.run();
  wait_for_go();
  const auto begin = bench_clock::now();
  for (const auto& one : players) one->ping();
  events.run();
  c.times.print(seconds_since(begin));
  return 0;
}

}  // namespace anytls::bench
