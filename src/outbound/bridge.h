#pragma once
// An endpoint as a socket, for TLS over a stream of an AnyTLS session: a pair of local sockets, one
// end of which is relayed to the endpoint. Costs one more copy and two system calls for each piece.
//
// What passes: bytes with back-pressure, a half-close, a close. A reset or a cut of the endpoint
// becomes a plain end, as a pair of local sockets knows no other; so only what can tell a cut from
// an end by itself may lie over it, as TLS can (and a session, which takes a FIN for a cut).

#include "base/asio.h"
#include "base/endpoint.h"
#include "base/result.h"

#include <memory>

namespace anytls::outbound {

/// On the thread of `remote`, which is `here`. The system's error where there are no descriptors:
/// then `remote` is gone.
result<tcp_socket> bridge(asio::io_context& here, std::unique_ptr<endpoint> remote);

}  // namespace anytls::outbound
