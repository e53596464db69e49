#pragma once
// Every byte and count limit that protects us from a peer, by name. docs/architecture.md adds them
// up.

#include <cstddef>

namespace anytls::limits {

/// Plaintext bytes of one frame slot and of one TLS record that we fill.
inline constexpr std::size_t record = 16384;

/// A stream that nobody has attached yet (its target is being dialled) keeps this much, then its
/// session pauses.
inline constexpr std::size_t early_data = 64 * 1024;

/// With several live streams a session pauses when one of them holds this much; with one it pauses
/// at once.
inline constexpr std::size_t stream_backlog = 256 * 1024;

/// A stream that holds its session up and has not drained at all for this many seconds, while
/// others wait, is ended.
inline constexpr int stalled_stream_seconds = 10;

/// Answers that the peer does not read (heartbeats, SYNACK): above this the session stops reading.
inline constexpr std::size_t answer_backlog = 256 * 1024;

/// Live streams of one session at a server.
inline constexpr std::size_t streams_per_session = 256;

/// Targets of streams that are over, being dialled for what is to be delivered or taking their time
/// to close: of one user on one thread of a server.
inline constexpr std::size_t leftovers_per_user = 256;

/// Connections of one server that are with the web server behind it, or have one there waiting.
inline constexpr std::size_t fallback_connections = 1024;

}  // namespace anytls::limits
