#pragma once
// Sockets on 127.0.0.1, and an end with a message: a load that fails has measured nothing.

#include <cstddef>
#include <cstdint>
#include <span>

namespace anytls::bench {

[[noreturn]] void fail(const char* what);
[[noreturn]] void fail_errno(const char* what);

inline int check(int result, const char* what) {
  if (result < 0) fail_errno(what);
  return result;
}

/// As many descriptors as this process may have.
void raise_descriptor_limit();

/// Any free port; non-blocking.
int listen_any();
int port_of(int fd);

/// The next connection with TCP_NODELAY, -1 where none waits.
int accept_from(int listener);

/// Non-blocking, perhaps still connecting.
int connect_to(int port);

/// What must fit the socket's buffer: the few bytes at the beginning of a connection.
void send_small(int fd, std::span<const std::uint8_t> data);

/// Reads and drops up to `most`, without copying it out of the kernel. 0 at the end, -1 = nothing
/// there.
long drop(int fd, std::size_t most);

/// What sinks and sources send: random once, so that nothing on the way profits from zeros.
std::span<const std::uint8_t> random_block();

}  // namespace anytls::bench
