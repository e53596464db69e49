#pragma once
// What every TCP socket of ours is set to.

#include "base/asio.h"
#include "base/result.h"

namespace anytls::net {

/// A dead peer is noticed after idle + probes x interval = one minute.
inline constexpr int keepalive_idle_seconds = 15;
inline constexpr int keepalive_interval_seconds = 15;
inline constexpr int keepalive_probes = 3;
/// A transfer that a hole in the path has stopped goes on at the latest so long after the path is
/// back, where the kernel can be told so (else after up to as long as the hole was). With 15
/// attempts this gives up after 46 s, about when a silent path counts as dead anyway.
inline constexpr int longest_resend_milliseconds = 4000;

/// TCP_NODELAY, keepalive, and how rarely lost data may be resent. A socket that refuses one (it
/// may be gone already) is reported by its next use.
void set_stream_options(int fd) noexcept;

/// A non-blocking socket that no child process inherits (Asio opens without SOCK_CLOEXEC, and a
/// fork between socket() and fcntl() would leak it). Not yet with set_stream_options().
/// `multi_path`: MPTCP, where the kernel has it.
result<tcp_socket> open_tcp_socket(asio::io_context& context, const tcp& protocol,
                                   bool multi_path = false);

/// Takes over `fd`, which is non-blocking and close-on-exec; closed on error.
result<tcp_socket> adopt_tcp_socket(asio::io_context& context, const tcp& protocol, int fd);

}  // namespace anytls::net
