#pragma once
// A local proxy: SOCKS 4, 4a and 5, HTTP CONNECT, plain HTTP/1.1, or all of them on one port.
//
// Flow: the listener hands over a socket -> the first byte tells the protocol -> the request's
// target is routed to an outbound -> where that has reserved a session of another thread, the
// connection moves there -> the tunnel is relayed, or plain HTTP is passed on request by request.

#include "base/asio.h"
#include "inbound/user_list.h"
#include "outbound/outbound.h"
#include "protocol/proxy_protocol_codec.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace anytls::inbound {

enum class proxy_type { socks, http, mixed };

struct proxy_options {
  std::string tag;
  proxy_type type = proxy_type::mixed;
  std::vector<user> users;  ///< empty: everybody
  /// The application's address is in a header in front; logs and requests name it as their source.
  protocol::proxy_protocol proxy_protocol = protocol::proxy_protocol::off;
  bool wait_for_target =
      false;  ///< SOCKS and CONNECT answer when the target has accepted (one round trip)
  duration half_close_timeout =
      30s;  ///< plain HTTP: silence of the target after the application's end
  duration handshake_timeout =
      30s;  ///< from the first byte awaited to a complete request (peers wait for ever)
  duration keep_alive_timeout = 5min;  ///< between two requests on one connection
};

/// Called on the connection's thread; what it returns outlives every connection.
using router = std::function<outbound::outbound&(const outbound::request&)>;

struct inbound_state;

class proxy_inbound {
 public:
  proxy_inbound(proxy_options options, router route);
  /// Connections go on; shut_down() ends them.
  ~proxy_inbound();

  const std::string& tag() const noexcept;

  /// On the thread of `here`, which is the socket's.
  void accept(asio::io_context& here, tcp_socket socket);

  /// Resets every connection, each on its own thread, and refuses new ones. From any thread.
  void shut_down();

  /// Connections that are open now. From any thread.
  std::size_t connections() const;

 private:
  std::shared_ptr<inbound_state> state_;
};

}  // namespace anytls::inbound
