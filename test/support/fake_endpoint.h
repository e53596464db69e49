#pragma once
// The other end of a relay, as a test wishes it: it keeps what is pushed into it, and it is
// congested when told to be.

#include "base/endpoint.h"

#include <string>
#include <vector>

namespace anytls::test {

class fake_endpoint final : public endpoint {
 public:
  explicit fake_endpoint(executor where) : where_(std::move(where)) {}

  executor get_executor() override { return where_; }
  void attach(endpoint& to, endpoint_observer& w) override {
    peer = &to;
    watcher = &w;
  }
  std::span<const iovec> prepare() override {
    room_.resize(128 * 1024);
    vector_ = {room_.data(), room_.size()};
    return {&vector_, 1};
  }
  void commit(std::size_t size) override { write(bytes_view(room_).first(size)); }
  void write(bytes_view data) override {
    received += as_text(data);
    if (stuck) held += data.size();
  }
  std::size_t backlog() const noexcept override { return held; }
  void finish() override { finished = true; }
  void resume() override { ++resumed; }
  void close() override { closed = true; }
  void reset(error_code reason) override { reset_with = reason; }
  task<error_code> wait_established() override { co_return error_code{}; }
  std::string detail() const override { return said; }

  /// What it held has left: as a real end does, it tells its peer.
  void let_go(endpoint& who_pushes) {
    held = 0;
    stuck = false;
    who_pushes.resume();
  }

  endpoint* peer = nullptr;
  endpoint_observer* watcher = nullptr;
  std::string received;
  bool stuck = false;  ///< what is written from now on stays
  std::size_t held = 0;
  bool finished = false;
  bool closed = false;
  error_code reset_with;
  std::string said;  ///< what detail() tells
  int resumed = 0;

 private:
  executor where_;
  std::vector<std::uint8_t> room_;
  iovec vector_{};
};

/// Counts the ends of endpoints.
struct close_counter final : endpoint_observer {
  void on_closed(endpoint&, error_code reason) override {
    ++count;
    last = reason;
  }
  int count = 0;
  error_code last;
};

}  // namespace anytls::test
