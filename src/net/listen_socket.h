#pragma once
// The part of a listener that comes before accepting: socket, options, bind, listen.

#include "net/listener.h"

namespace anytls::net {

/// A listening, non-blocking, close-on-exec descriptor, which the caller owns. `where` becomes
/// 0.0.0.0 where `::` was asked for and the host has no IPv6. See listener::make() for errors and
/// for what reuse_port does.
result<int> open_listening_socket(tcp::endpoint& where, const listener_options& options);

}  // namespace anytls::net
