#pragma once
// The stream of one request: an end of a relay that survives the death of the session under it as
// long as nothing has been sent. hedge_core decides, this carries out.
//
// Flow: begin() -> a session at hand (or none yet) -> what the application sends before that has
// shown life is held here -> the first that shows life is attached to the application's end and
// gets what was held -> from then on this only passes on. Downwards nothing passes through here:
// the stream pushes straight into the application's end.

#include "base/endpoint.h"
#include "pool/connect_request.h"
#include "pool/hedge_core.h"
#include "pool/session_pool.h"
#include "session/stream.h"

#include <memory>
#include <optional>
#include <string>

namespace anytls::pool {

class request_stream final : public endpoint, private session::stream_watcher {
 public:
  /// On `here`, which is `reserved`'s thread if there is one.
  request_stream(session_pool& pool, session_pool::reservation reserved, asio::io_context& here,
                 protocol::address target);
  ~request_stream() override;

  /// Once. Returns as soon as the application may send: at once where a session is at hand, else
  /// when one was made or could not be.
  task<error_code> begin();

  // endpoint
  executor get_executor() override { return executor_; }
  void attach(endpoint& peer, endpoint_observer& watcher) override;
  std::span<const iovec> prepare() override;
  void commit(std::size_t size) override;
  void write(bytes_view data) override;
  std::size_t backlog() const noexcept override;
  bool congested() const noexcept override;
  void finish() override;
  void finish_perhaps_gone() override;
  void resume() override;
  void close() override;
  void reset(error_code reason) override;
  task<error_code> wait_established() override;
  std::string detail() const override;

 private:
  void pass_finish();
  // stream_watcher
  void on_closed(endpoint& which, error_code reason) override;
  void on_alive(session::stream& which) override;

  void carry_out(const hedge_actions& actions);
  bool open_on(session_pool::claimed got, bool ask);
  void seek();
  void connect();
  void stop_seeking();
  void found(session_pool::claimed got);
  void arm(time_point when);
  void on_timer();
  void use();
  void give_up_current(bool doubtful);
  void forget_current();
  bool may_send();
  void send_held();
  void copy_hello();
  bool passes() const noexcept { return current_ && core_->sent_any(); }
  void end(error_code reason);
  void tell_end();
  void wake();
  session_pool* pool() const noexcept { return *handle_; }

  const std::shared_ptr<session_pool*> handle_;  ///< null inside once the pool has ended
  asio::io_context& context_;
  executor executor_;
  const protocol::address target_;
  session_pool::reservation reserved_;
  std::optional<hedge_core> core_;
  std::shared_ptr<request_stream*> self_;

  std::unique_ptr<session::stream> current_;  ///< on the session at hand
  sequence current_seq_ = 0;
  session_pool::claimed found_;  ///< the backup, between found() and replace
  std::shared_ptr<session_pool::connect_request> seeking_;
  std::unique_ptr<timer> timer_;
  timer* waiter_ = nullptr;  ///< a coroutine in begin() or wait_established()

  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  bytes held_;
  std::size_t copied_ = 0;  ///< of held_: a ClientHello that went to the session at hand already
  bool attached_ = false;   ///< current_ pushes into peer_
  bool lent_ = false;       ///< prepare() lent the session's slots
  std::span<const iovec> slots_;
  bool finishing_ = false;
  bool perhaps_gone_ = false;  ///< see finish_perhaps_gone()
  bool closing_ = false;       ///< once what is held has left
  bool closed_ = false;
  bool lost_after_sending_ = false;
  error_code end_reason_;
};

}  // namespace anytls::pool
