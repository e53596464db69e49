#pragma once
// A connection to the target: through a SOCKS5 proxy, or without one.
//
// Flow: open() -> connect -> greeting -> request -> opened(). Each step waits for its answer, as
// applications do.

#include "load/loop.h"

#include <cstddef>
#include <cstdint>

namespace anytls::bench {

struct where {
  int proxy = 0;  ///< port of the SOCKS5 proxy; 0 = none
  int target = 0;
};

class connection : public handler {
 public:
  connection(loop& in, where to) : loop_(in), to_(to) {}
  ~connection() override { close(); }

  /// Again after close() too.
  void open();
  void close();

  void ready(std::uint32_t events) final;

 protected:
  virtual void opened() = 0;
  virtual void readable() = 0;
  virtual void writable() {}

  void watch(std::uint32_t events) { loop_.change(fd_, events, this); }
  int fd() const { return fd_; }
  loop& events() { return loop_; }

 private:
  enum class step { connecting, greeted, requested, open };
  void connected();
  bool answered(std::size_t size);

  loop& loop_;
  where to_;
  int fd_ = -1;
  step step_ = step::connecting;
  std::uint8_t answer_[10] = {};
  std::size_t got_ = 0;
};

}  // namespace anytls::bench
