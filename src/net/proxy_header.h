#pragma once
// The PROXY header in front of an accepted connection (protocol/proxy_protocol_codec.h), read off
// its socket: not a byte of what follows, which another layer reads from there.

#include "base/asio.h"
#include "base/result.h"
#include "protocol/proxy_protocol_codec.h"

namespace anytls::net {

/// Who the client is: the address in the header; the socket's where the header names none, or where
/// there is none and `how` is optional. errc::protocol_error for a missing or malformed header;
/// eof, timed_out, or what the system says.
task<result<tcp::endpoint>> read_proxy_header(tcp_socket& socket, protocol::proxy_protocol how,
                                              duration deadline);

/// An address out of a header; IPv4-mapped ones as IPv4.
tcp::endpoint endpoint_of(const protocol::address& source);

}  // namespace anytls::net
