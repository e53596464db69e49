#pragma once
// How an outbound comes to its server: by TCP connections of its own, or through another outbound
// (`detour`, `dialer-proxy`).
//
// Flow: socks and http speak with their proxy over whatever connection they get. TLS needs a
// socket: that of a direct connection or of a plain proxy is used as it is, without a copy; only
// for a stream of an AnyTLS session there is a bridge (bridge.h).

#include "net/dialer.h"
#include "outbound/outbound.h"

#include <memory>

namespace anytls::outbound {

/// Part of an outbound's options.
struct way {
  net::dial_options dial;       ///< without fast_open; with `through` only connect_timeout counts
  outbound* through = nullptr;  ///< outlives whoever has this
};

/// One attempt to reach a server. What it refers to must outlive it, but not its coroutines.
class hop {
 public:
  /// `what` asks for the server, not for what lies behind it.
  hop(const way& how, request what, asio::io_context& here);

  /// Where open() and open_socket() have to run.
  asio::io_context& context() { return inner_ ? inner_->context() : here_; }

  /// Within `within`, counted from now: errc::connect_timeout after that. Names are resolved by the
  /// outbound that makes the connection. This or open_socket(), once.
  task<result<connection>> open(duration within);

  /// The same as a socket: TCP, or one end of a bridge (AF_UNIX).
  task<result<tcp_socket>> open_socket(duration within);

 private:
  const way& how_;
  request what_;
  asio::io_context& here_;
  std::unique_ptr<attempt> inner_;
};

/// With what a request allows.
net::dial_options filtered(net::dial_options options,
                           const std::shared_ptr<const address_filter>& allow);

/// For whoever needs a connection that is made before he says anything.
net::dial_options without_fast_open(net::dial_options options);

/// As an endpoint, whichever it is.
std::unique_ptr<endpoint> as_endpoint(connection from);

}  // namespace anytls::outbound
