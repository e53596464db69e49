#pragma once
// The limit of open files. A proxy needs two descriptors a connection, and the usual soft limit is
// 1024.

#include <cstdint>

namespace anytls::net {

/// Raises RLIMIT_NOFILE to the hard limit, as any user may. Returns the limit that is in force
/// afterwards (what could not be raised stays as it was). Once, at start.
std::uint64_t raise_fd_limit() noexcept;

}  // namespace anytls::net
