#pragma once
// A load balancer in front of an inbound: two switches of the file, one value of the model. They
// are read in this order; the second does nothing without the first.

#include "config/cursor.h"
#include "protocol/proxy_protocol_codec.h"

namespace anytls::config {

/// `proxy_protocol`: connections begin with a header.
void read_proxy_protocol(const cursor& at, protocol::proxy_protocol& into);
/// `proxy_protocol_accept_no_header`: they may. Alone it is answered with a warning, so its row has
/// no example.
void read_proxy_optional(const cursor& at, protocol::proxy_protocol& into);

}  // namespace anytls::config
