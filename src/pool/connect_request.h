#pragma once
// A request's wish for a session that may be trusted: a fresh idle one, else a new connection. It
// keeps trying until the outbound's connect_timeout.
//
// Flow: dial at once, unless the server is known to be down (dial_gate: then one attempt a second
// for all who wait) -> a dial that fails or hangs makes this wait for a turn, too -> the first that
// gets through wins, what else is under way joins the pool -> a success of anybody's wakes all who
// wait. A failure that another attempt would only repeat ends it at once. Belongs to one thread.

#include "pool/session_pool.h"

namespace anytls::pool {

class session_pool::connect_request
    : public std::enable_shared_from_this<session_pool::connect_request> {
 public:
  /// Hears once, never from inside start(). A session comes in use, its preamble queued or sent.
  using handler = std::function<void(result<claimed>)>;

  /// `here`: the thread on which all happens, now and later.
  connect_request(session_pool& pool, asio::io_context& here, handler done);

  void start();
  /// The requester goes away: nothing is called any more, and what is being made joins the pool.
  void give_up();
  /// From any thread: somebody has reached the server (or the pool shuts down): do not wait for a
  /// turn, nor for a dial that should have got through by now.
  void wake();
  /// Under the pool's mutex: a dial usually takes no longer than that. Later where ours is younger.
  void wake_if_overdue(time_point now, duration usual);

 private:
  void look(bool server_is_back);
  void look_again_at(time_point when, bool server_is_back);
  void dial(duration connect_within);
  task<> attempt(duration connect_within);
  void connected(std::unique_ptr<transport> connection, time_point began);
  void failed(error_code why, time_point began);
  void finish(result<claimed> outcome);
  void adopt_rest();

  session_pool& pool_;
  const std::shared_ptr<session_pool*> alive_;
  shard& home_;
  handler done_;
  timer turn_;
  time_point deadline_;
  time_point dialled_at_{};
  std::optional<time_point> dialling_since_;  ///< guarded by the pool's mutex; empty = for a turn
  error_code last_error_;
  int in_flight_ = 0;
  bool over_ = false;
};

}  // namespace anytls::pool
