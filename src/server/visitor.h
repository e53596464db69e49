#pragma once
// The client's end of a relay to the web server: a TLS connection as an endpoint, which ends as
// nginx's own TLS would. What is written leaves as records of up to 16,384 bytes.
//
// How it ends. The web server speaks without TLS, so its FIN does not say whether it would have
// sent close_notify. nginx does, except to a client that has ended first, and when its patience
// with an unfinished request has run out. So: no close_notify after the client's end, and none
// where the last word was the client's and is some time ago. A web server that has closed its
// socket does not read any more, and neither do we: what comes later is answered by the kernel with
// a reset. One that has only finished (nginx lingers after an error) would drop what still comes,
// and so do we, without looking into it, unless the client has been silent anyway.

#include "base/endpoint.h"
#include "tls/stream.h"

#include <memory>

namespace anytls::server {

class visitor final : public endpoint {
 public:
  /// `spoke`: something of it was read already, and goes to the peer by another way.
  visitor(std::unique_ptr<tls::stream> stream, bool spoke);
  ~visitor() override;

  executor get_executor() override { return stream_->get_executor(); }
  void attach(endpoint& peer, endpoint_observer& watcher) override;
  std::span<const iovec> prepare() override;
  void commit(std::size_t size) override;
  void write(bytes_view data) override;
  std::size_t backlog() const noexcept override { return stream_->backlog(); }
  void finish() override;
  void resume() override;
  void close() override;
  void reset(error_code reason) override;
  task<error_code> wait_established() override;

 private:
  using self = std::shared_ptr<visitor*>;  ///< null inside once destroyed
  static task<> read(self me);
  static task<> drain(self me);
  static task<> linger(self me);
  void start_reading();
  bool read_turn();
  void written();
  void end_after(duration patience);
  void watch_progress();
  bool wants_notify() const noexcept;
  bool silent() const noexcept;
  void end(error_code reason);

  std::unique_ptr<tls::stream> stream_;
  endpoint* peer_ = nullptr;
  endpoint_observer* watcher_ = nullptr;
  self self_;
  timer patience_;       ///< with a client that does not read, or after the web server's end
  time_point spoke_at_;  ///< long ago = never
  time_point linger_until_{};
  error_code end_reason_;
  iovec room_{};
  std::size_t held_before_ = 0;
  bool answered_;  ///< the last word was the web server's
  bool reading_ = false;
  bool read_ended_ = false;
  bool draining_ = false;
  bool finishing_ = false;  ///< the web server has ended; FIN follows the backlog
  bool finished_ = false;
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace anytls::server
