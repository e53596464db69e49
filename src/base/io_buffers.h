#pragma once
// The buffers of a thread. Whoever is active borrows them until it suspends; idle sessions and
// streams own none. That is why an idle session costs a few kilobytes instead of a few dozen.

#include "base/bytes.h"
#include "base/limits.h"

#include <cstddef>

namespace anytls::io_buffers {

/// What one read takes as a rule.
inline constexpr std::size_t size = 128 * 1024;
/// What one read takes where both ends keep up: fewer and larger system calls. Whoever asks for it
/// has seen the last read filled and all of it taken, since what a slow end does not take is held.
inline constexpr std::size_t large_size = 512 * 1024;
/// Pieces that go on with one call: a large read in full frames, and room for some that are not.
inline constexpr std::size_t most_pieces = large_size / limits::record + 4;

/// For what was received and is not decrypted yet. `wanted` is at most large_size, here and below.
mutable_bytes ciphertext_in(std::size_t wanted = size) noexcept;
/// For what is encrypted and not sent yet.
mutable_bytes ciphertext_out() noexcept;
/// For decrypted bytes on their way to the streams.
mutable_bytes plaintext_in(std::size_t wanted = size) noexcept;
/// For bytes read from a socket, on their way into frames or another socket.
mutable_bytes plaintext_out(std::size_t wanted = size) noexcept;

}  // namespace anytls::io_buffers
