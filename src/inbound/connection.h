#pragma once
// One connection of an application, from its first byte to its end. Internal to the inbound.
//
// Flow: run() = [negotiate -> route -> (another thread: leave, and run() again over there) ->
// serve], once for a tunnel, again and again for plain HTTP with keep-alive.

#include "inbound/client_io.h"
#include "inbound/http_request.h"
#include "inbound/proxy_inbound.h"
#include "inbound/socks_codec.h"
#include "net/pull_stream.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace anytls::inbound {

class connection;

/// What all connections of an inbound share. They keep it; it knows them only weakly.
struct inbound_state {
  struct place {
    asio::io_context* on = nullptr;
    std::weak_ptr<connection> who;
  };

  proxy_options options;
  user_list users;
  router route;

  std::mutex mutex;  ///< guards what follows
  std::unordered_map<connection*, place> connections;
  bool closing = false;
};

class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(std::shared_ptr<inbound_state> inbound, asio::io_context& here, tcp_socket socket);
  ~connection();

  void start();
  /// On the thread where it lives. Everything that waits ends.
  void abort();

 private:
  enum class language { unknown, socks, http };
  enum class kind { socks, connect, http };

  /// What negotiate() found out.
  struct job {
    kind what = kind::socks;
    socks_version version = socks_version::v5;
    http_plan plan;  ///< connect, http
    outbound::request request;
    outbound::outbound* via = nullptr;
    std::unique_ptr<outbound::attempt> attempt;
    bool must_be_fresh = false;  ///< the kept stream proved dead
  };

  /// A stream of the request before, to the same target.
  struct kept_stream {
    protocol::address target;
    std::string user;
    net::pull_stream stream;
  };

  task<void> run();
  task<bool> learn_source();  ///< false: closed without a word
  task<std::optional<job>> negotiate();
  task<std::optional<job>> negotiate_socks();
  task<std::optional<job>> negotiate_http();
  task<void> serve_tunnel();
  task<bool> serve_http();  ///< true: another request may follow
  task<void> refuse_tunnel(error_code why, std::string detail);
  task<bool> refuse_http(int status, std::string_view text, bool keep_alive);
  bool move_to(asio::io_context& there);
  job make_job(kind what, protocol::address target, std::string user) const;
  void log_failure(std::string_view why) const;
  void drop();

  std::shared_ptr<inbound_state> inbound_;
  asio::io_context* here_;
  std::string source_;
  client_io client_;
  language language_ = language::unknown;
  std::optional<job> job_;
  std::optional<kept_stream> upstream_;
  endpoint* relayed_[2] = {};  ///< while a relay runs, for abort()
  bool source_known_;          ///< no PROXY header is awaited any more
  bool first_request_ = true;
  bool aborted_ = false;
};

}  // namespace anytls::inbound
