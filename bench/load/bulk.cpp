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

class stream : public connection {
 public:
  stream(loop& in, const load_options& o, std::uint64_t size, std::size_t& live)
      : connection(in, o.to), up_(o.up), left_(size), all_(o.at_once), live_(live) {}

  void carry() {
    send_small(fd(), head(up_ ? 'u' : 'd', left_));
    if (up_) watch(EPOLLOUT);
  }

 private:
  void opened() override {
    if (++live_ == all_) events().stop();
  }

  void readable() override {
    // An upload's answer is one byte; a download is all that comes.
    const auto n = drop(fd(), 1 << 20);
    if (n < 0) return;
    if (n == 0) fail("a transfer was cut");
    if (up_) return done();
    left_ -= std::min(left_, static_cast<std::uint64_t>(n));
    if (left_ == 0) done();
  }

  void writable() override {
    const auto block = random_block();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, block.size()));
    const auto n = ::send(fd(), block.data(), size, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail_errno("send");
    left_ -= static_cast<std::uint64_t>(n);
    if (left_ == 0) watch(EPOLLIN);
  }

  void done() {
    close();
    if (--live_ == 0) events().stop();
  }

  bool up_;
  std::uint64_t left_;
  std::size_t all_;
  std::size_t& live_;  // streams of this run
};

}  // namespace

int run_bulk(const load_options& o) {
  loop events;
  std::size_t live = 0;
  std::vector<std::unique_ptr<stream>> streams;
  const auto each = std::max<std::uint64_t>(o.bytes / o.at_once, 1);
  for (std::size_t i = 0; i < o.at_once; ++i) {
    streams.push_back(std::make_unique<stream>(events, o, each, live));
    streams.back()->open();
  }
  events.run();
  wait_for_go();
  const auto begin = bench_clock::now();
  for (const auto& one : streams) one->carry();
  events.run();
  std::printf("{\"bytes\": %llu, \"seconds\": %.6f}\n",
              static_cast<unsigned long long>(each * o.at_once), seconds_since(begin));
  return 0;
}

}  // namespace anytls::bench
