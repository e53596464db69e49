#pragma once
// The buffers of a thread. Whoever is active borrows them until it suspends; idle sessions and
// streams own none. That is why an idle session costs a few kilobytes instead of a few dozen.

#include "base/bytes.h"

#include <cstddef>

namespace anytls::io_buffers {

inline constexpr std::size_t size = 128 * 1024;

/// For what was received and is not decrypted yet.
mutable_bytes ciphertext_in() noexcept;
/// For what is encrypted and not sent yet.
mutable_bytes ciphertext_out() noexcept;
/// For decrypted bytes on their way to the streams.
mutable_bytes plaintext_in() noexcept;
/// For bytes read from a socket, on their way into frames or another socket.
mutable_bytes plaintext_out() noexcept;

}  // namespace anytls::io_buffers
