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
  void resume() override;
  void close() override;
  void reset(error_code reason) override;

  /// Client: waits for SYNACK, or the first byte, or FIN (which then counts as unreachable). A
  /// server that shows no sign of version 2 within two seconds sends no SYNACK: no news is good
  /// news then.
  task<error_code> wait_established() override;
  std::string detail() const override { return detail_; }

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
  void deliver(bytes_view data);
  void remote_established();
  void remote_refused(const std::string& why);
  void remote_finished();
  void session_gone(error_code reason);
  /// What keeps the session from reading on.
  std::size_t held() const noexcept;
  bool blocks() const noexcept;

  enum class farewell { none, fin };
  void end(error_code reason, farewell how);
  void arm_half_close();
  void await_answer(duration patience);
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
  time_point last_received_{};
  error_code end_reason_;
  std::string detail_;  ///< the server's words
  bool established_ = false;
  bool received_ = false;
  std::size_t held_before_ = 0;  ///< when the session last looked for stalled streams
  bool finishing_ = false;
  bool closed_ = false;
};

}  // namespace anytls::session
