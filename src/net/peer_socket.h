#pragma once
// Has the program at the other end of a local TCP connection closed its socket, or only its sending
// half? On the wire both are a FIN, but on the same host the kernel knows: a socket that nobody
// holds any more has no inode (sock_diag(7)).

#include "base/asio.h"

namespace anytls::net {

enum class peer_socket {
  unknown,  ///< on another host, in another network namespace, or the kernel does not say
  open,     ///< some program still holds it
  closed,   ///< nobody does: nothing that is sent will be read
};

/// Of the socket at the other end of `socket`, TCP or AF_UNIX. One request to the kernel, about as
/// dear as a getsockopt; never blocks. While the other program is inside close() the answer may
/// still be `open`.
peer_socket state_of_peer(tcp_socket& socket) noexcept;

}  // namespace anytls::net
