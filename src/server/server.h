#pragma once
// The AnyTLS server: TLS handshake -> preamble -> session -> a relay for each stream.
//
// Flow of a connection: admission -> (PROXY header, admission of its source) -> handshake under a
// deadline -> the first record must hold hash and length -> the user is looked up -> padding0 is
// read -> a session runs. Who is not a client is closed at once and without a word, or handed to
// the web server of fallback.h. Flow of a stream: its first bytes are the target's address -> the
// target is dialled -> SYNACK -> relay. A stream that ends while its target is dialled ends the
// dialling.

#include "base/asio.h"
#include "base/endpoint.h"
#include "base/limits.h"
#include "base/result.h"
#include "protocol/padding_scheme.h"
#include "protocol/proxy_protocol_codec.h"
#include "protocol/socks_address.h"
#include "server/admission.h"
#include "server/fallback.h"
#include "server/once_a_minute.h"
#include "server/server_counters.h"
#include "server/user_table.h"
#include "session/session_core.h"
#include "tls/live_server_context.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace anytls::server {

/// What a client asks for.
struct target_request {
  protocol::address target;
  std::string inbound_tag;
  std::string user;
  std::string source;  ///< `address:port` of the client
};

struct server_options {
  std::string tag;
  std::vector<std::pair<std::string, std::string>> users;  ///< name (may be empty), password
  protocol::padding_scheme scheme = protocol::padding_scheme::default_scheme();
  duration handshake_deadline = 10s;
  duration preamble_deadline = 10s;
  admission_options admission;
  bool limit_private_sources = false;
  fallback_options fallback;
  /// The client's address is in a header in front of TLS; it is what admission, logs and targets'
  /// requests see.
  protocol::proxy_protocol proxy_protocol = protocol::proxy_protocol::off;
  /// A session without streams for longer than this is closed, at most 20 s late; 0 = never: the
  /// warm pools of deployed clients send nothing for as long as they like.
  duration idle_session_timeout{0};
  /// A client that has been silent for this long is asked for a sign of life, and closed when it
  /// gives none within max(4 round trips, min(this, 10 s)); 0 = off. Only clients of version 2 that
  /// have sent their settings can be asked.
  duration heartbeat{0};
  std::uint32_t max_streams_per_user = 0;  ///< in all its sessions; 0 = no limit
  /// Who owns the server and may let go of it while sessions are alive (the public API): they hold
  /// it until they have ended. Empty = the owner destroys it after the threads have stopped.
  std::weak_ptr<void> owner;
};

/// Thread-safe after construction: accept() may be called on any thread, with a socket of that
/// thread.
class server {
 public:
  /// Reaches a target on the given thread.
  using connector = std::function<task<result<std::unique_ptr<endpoint>>>(const target_request&,
                                                                          asio::io_context& here)>;

  server(server_options options, std::shared_ptr<tls::live_server_context> tls, connector connect);
  ~server();

  void accept(asio::io_context& here, tcp_socket socket);

  /// Ends every session and every handshake, on its own thread.
  void shut_down();

  /// Destroys every session. Only when no thread runs any more: their handlers must not.
  void abandon() noexcept;

  /// May be read from any thread.
  const server_counters& count() const noexcept { return count_; }

 private:
  class connection;
  class patience;
  struct beginning;
  struct shard;

  /// `keep` in coroutines: the owner, alive until their end.
  task<> serve(std::shared_ptr<void> keep, shard& home, tcp_socket socket,
               std::optional<admission::ticket> ticket);
  task<std::optional<tcp::endpoint>> learn_source(tcp_socket& socket,
                                                  std::optional<admission::ticket>& ticket);
  task<beginning> begin(shard& home, tls::stream& client, const asio::ip::address& source,
                        const protocol::address*& behind, patience& waiting);
  task<> hand_over(shard& home, std::unique_ptr<tls::stream> client,
                   const asio::ip::address& source, bytes first, const protocol::address& behind,
                   std::optional<fallback_connection> web, std::optional<admission::ticket> ticket);
  static task<> refuse(tls::stream& client, const patience& waiting);
  void missed(const protocol::address& behind, error_code why);
  void refused(const asio::ip::address& source, admission_verdict why);
  duration sweep_interval() const noexcept;
  void sweep_later(shard& home);
  shard& shard_of(asio::io_context& here);

  const server_options options_;
  const session::session_core::server_side side_;
  const std::shared_ptr<tls::live_server_context> tls_;
  const connector connect_;
  const std::shared_ptr<admission> admission_;
  const std::shared_ptr<admission> places_;  ///< of visitors, with the web server
  user_table users_;
  server_counters count_;
  once_a_minute next_warning_;
  once_a_minute next_fallback_warning_;
  std::mutex mutex_;  // guards the list of shards only
  std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace anytls::server
