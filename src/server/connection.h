#pragma once
// One authenticated client: its session, and for each stream a coroutine that reads the target's
// address, dials and relays.

#include "base/io_buffers.h"
#include "server/leftovers.h"
#include "server/server.h"
#include "session/session.h"

#include <boost/asio/cancellation_signal.hpp>

#include <list>

namespace anytls::server {

class server::connection final : public session::session_events {
 public:
  connection(server& owner, shard& home, std::shared_ptr<user> who,
             std::unique_ptr<transport> transport);

  void start(bytes_view received) { session_.start(received); }
  void close() { session_.close(session::close_reason::shutdown); }
  /// Now and then, every `interval`: closes a session that has been idle for too long or is dead,
  /// asks one that may be.
  void look_after(time_point now, duration interval);

  void on_stream(session::session&, std::unique_ptr<session::stream> opened) override;
  void on_closed(session::session&, session::close_reason reason, error_code error) override;

 private:
  struct stream_job;
  // Touches `server` and not the connection: the stream may outlive it.
  static task<> serve_stream(std::shared_ptr<void> keep, server& server, stream_job job);

  server& server_;
  shard& home_;
  std::shared_ptr<user> user_;
  std::string source_;
  std::shared_ptr<void> keep_;
  time_point used_at_;  ///< a time at which it had a stream, or was made
  session::session session_;
};

/// What one thread has of a server.
struct server::shard {
  explicit shard(asio::io_context& c) : context(c), sweep(c) {}
  asio::io_context& context;
  system_random random;
  std::unordered_map<connection*, std::unique_ptr<connection>> connections;
  std::list<asio::cancellation_signal> handshakes;  ///< one for each serve() under way
  /// Shared: coroutines that the io_context still holds may outlive us.
  std::shared_ptr<leftovers> remaining = std::make_shared<leftovers>(limits::leftovers_per_user);
  timer sweep;  ///< looks for sessions that are idle for too long
  bool sweeping = false;
  bool closing = false;
};

}  // namespace anytls::server
