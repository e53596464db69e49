#pragma once
// One stream of a session as one end of a relay.
//
// Flow: until attach() what arrives is kept (bounded; the session pauses above that); from then on
// it goes straight to the peer. AnyTLS has no half-close: a server's finish() is FIN at once; a
// client's finish() keeps the stream open for the downlink until that ends or is silent for
// half_close_timeout.

#include "base/endpoint.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace anytls::session {

class session;
class stream;

/// Hears of a stream before it is attached, too: a request that may still move to another session.
class stream_watcher : public endpoint_observer {
 public:
  /// The session has received something since watch(). Once, on its thread.
  virtual void on_alive(stream&) = 0;

 protected:
  ~stream_watcher() = default;
};

class stream final : public endpoint {
 public:
  /// Made by session only.
  stream(session& owner, std::uint32_t id);
  ~stream() override;

  std::uint32_t id() const noexcept { return id_; }

  // endpoint
  executor get_executor() override;
  void attach(endpoint& peer, endpoint_observer& watcher) override;
  std::span<const iovec> prepare() override;
  void commit(std::size_t size) override;
  void write(bytes_view data) override;
  std::size_t backlog() const noexcept override;
  void finish() override;
  void finish_perhaps_gone() override;
  void resume() override;
  void close() override;
  void reset(error_code reason) override;

  /// Client: waits for SYNACK, or the first byte, or FIN (which then counts as unreachable). A
  /// server that shows no sign of version 2 within two seconds sends no SYNACK: no news is good
  /// news then.
  task<error_code> wait_established() override;
  std::string detail() const override { return detail_; }

  /// Client: from now on `watcher` hears of life and of the end. Before attach().
  void watch(stream_watcher& watcher);
  /// Nobody may hear of this stream any more: give it up after this.
  void unwatch() noexcept;
  /// The session ended under it; it was not the stream that was refused, reset or finished.
  bool session_lost() const noexcept { return session_lost_; }
  bool closed() const noexcept { return closed_; }
  /// The target has sent something.
  bool received() const noexcept { return received_; }
  /// Null once closed.
  session* owner() const noexcept { return session_; }

  // Server, before attach(): the target's address has to be read first.

  /// What has arrived and nobody has taken.
  bytes_view early() const noexcept { return early_; }
  void consume_early(std::size_t size);
  /// Returns when early() has grown. An error when the stream has ended.
  task<error_code> wait_early();
  /// Server: tells a version 2 client that the target is reached.
  void accept();
  /// Server: tells a version 2 client why not, and closes the stream.
  void refuse(const std::string& why);

 private:
  friend class session;

  // Called by the session.
  void deliver(std::span<const bytes_view> parts);
  duration remote_established();  ///< since SYN; 0 = not the first time
  void session_alive();
  void remote_refused(const std::string& why);
  void remote_finished();
  void session_gone(error_code reason);
  /// What keeps the session from reading on.
  std::size_t held() const noexcept;
  bool blocks() const noexcept;

  enum class farewell { none, fin };
  void end(error_code reason, farewell how);
  void arm_half_close();
  void await_answer(time_point opened, duration patience, duration suspect_after,
                    duration condemn_after);
  void arm_answer_timer(time_point when);
  void check_answer();
  bool expects_answer() const noexcept;
  void wake();

  session* session_;
  std::uint32_t id_;
  executor executor_;
  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  std::shared_ptr<stream*> self_;
  std::unique_ptr<timer> half_close_timer_;
  std::unique_ptr<timer> answer_timer_;  ///< client, until SYNACK or data
  timer* waiter_ = nullptr;              ///< a coroutine in wait_established() or wait_early()
  bytes early_;
  stream_watcher* life_watcher_ = nullptr;  ///< until the session has shown life
  time_point last_received_{};
  time_point opened_at_{};
  time_point answer_due_ = time_point::max();
  duration suspect_after_{0};  ///< 0 = told already
  duration condemn_after_{0};
  error_code end_reason_;
  std::string detail_;  ///< the server's words
  bool established_ = false;
  bool received_ = false;
  bool session_lost_ = false;
  bool version_2_known_ = false;  ///< from other sessions with the same server
  bool answered_ = false;         ///< something came since we last sent something
  bool perhaps_gone_ = false;     ///< client: the application has finished, and may have closed
  duration patience_{0};          ///< client, after finish(): for a silent downlink
  std::size_t held_before_ = 0;   ///< when the session last looked for stalled streams
  bool finishing_ = false;
  bool closed_ = false;
};

}  // namespace anytls::session
