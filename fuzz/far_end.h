#pragma once
// What a stream is joined with, a target or an application: it takes bytes or is stuck, pushes, and
// ends when told to.

#include "base/endpoint.h"

#include "check.h"

#include <boost/asio/post.hpp>

#include <memory>
#include <string>
#include <utility>

namespace anytls {

class far_end final : public endpoint {
 public:
  explicit far_end(executor where)
      : where_(std::move(where)), self_(std::make_shared<far_end*>(this)) {}
  ~far_end() override { *self_ = nullptr; }

  // endpoint
  executor get_executor() override { return where_; }
  void attach(endpoint& to, endpoint_observer& watcher) override {
    peer_ = &to;
    watcher_ = &watcher;
    if (closed_) tell();
  }
  std::span<const iovec> prepare() override {
    thread_local std::uint8_t room[16'384];
    thread_local const iovec lent{room, sizeof room};
    return {&lent, 1};
  }
  void commit(std::size_t size) override {
    write(bytes_view(static_cast<std::uint8_t*>(prepare()[0].iov_base), size));
  }
  void write(bytes_view data) override {
    CHECK(!data.empty());
    CHECK(!nothing_more);
    if (closed_) return;
    received += as_text(data);
    if (stuck) held += data.size();
  }
  std::size_t backlog() const noexcept override { return held; }
  void finish() override { finished = true; }
  void resume() override {}
  void close() override { end({}); }
  void reset(error_code why) override { end(why); }
  task<error_code> wait_established() override { co_return error_code{}; }

  // For the script.
  void push(bytes_view data) {
    if (peer_ && !closed_ && !pushed_all_ && !peer_->congested()) peer_->write(data);
  }
  void push_no_more() {
    if (peer_ && !closed_ && !std::exchange(pushed_all_, true)) peer_->finish();
  }
  void let_go() {
    held = 0;
    stuck = false;
    if (peer_ && !closed_) peer_->resume();
  }
  void end(error_code why) {
    if (std::exchange(closed_, true)) return;
    reason_ = why;
    if (watcher_) tell();
  }

  std::string received;
  bool stuck = false;         ///< what is written from now on stays
  bool nothing_more = false;  ///< its peer has ended: a write is a mistake
  bool finished = false;
  std::size_t held = 0;

 private:
  void tell() {
    asio::post(where_, [self = self_] {
      if (*self) (*self)->watcher_->on_closed(**self, (*self)->reason_);
    });
  }

  executor where_;
  std::shared_ptr<far_end*> self_;
  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  error_code reason_;
  bool closed_ = false;
  bool pushed_all_ = false;
};

}  // namespace anytls
