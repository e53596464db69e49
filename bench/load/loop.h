#pragma once
// One epoll loop on one thread: the generator must cost little beside what it measures.

#include <sys/epoll.h>
#include <cstdint>
#include <memory>
#include <vector>

namespace anytls::bench {

/// Somebody whose descriptor is watched.
class handler {
 public:
  virtual ~handler() = default;
  virtual void ready(std::uint32_t events) = 0;
};

class loop {
 public:
  loop();
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  void add(int fd, std::uint32_t events, handler* who);
  void change(int fd, std::uint32_t events, handler* who);
  void remove(int fd);

  /// Until stop().
  void run();
  void stop() { running_ = false; }

  /// Ends its life when the events of this turn have been delivered: one may still be its own.
  void later(std::shared_ptr<handler> who) { dead_.push_back(std::move(who)); }

 private:
  int epoll_;
  bool running_ = false;
  std::vector<std::shared_ptr<handler>> dead_;
};

}  // namespace anytls::bench
