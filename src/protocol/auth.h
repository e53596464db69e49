#pragma once
// The preamble, the first bytes of a client after the TLS handshake (docs/spec/protocol.md §1):
//   | sha256(password) 32 bytes | padding0 length u16 | padding0 |
//
// Flow, client: make_preamble(), sent as ONE TLS record. Server: start() with the whole first
// record. not_a_client: to the fallback, or close. Otherwise hash() is complete: look it up NOW,
// whatever the verdict. Unknown: fallback with all bytes read so far, without waiting for padding0,
// or a probe would learn by the wait that it looked like a client. Known: on need_more call more()
// with what comes (under a deadline), on complete go on with the bytes after consumed().
//
// Nothing here looks at the value of the hash: a decision on a part of it would give it away byte
// by byte.

#include "base/bytes.h"
#include "base/digest.h"

#include <cstddef>

namespace anytls::protocol {

inline constexpr std::size_t preamble_header_size = 34;

/// The whole preamble, with zeros for padding. `padding` over 16,350 is cut to that: deployed
/// servers read the preamble with one read, so it must fit one TLS record.
bytes make_preamble(const sha256_digest& hash, std::size_t padding);

class preamble_reader {
 public:
  enum class verdict {
    need_more,     ///< hash() is known, padding0 is still on its way
    not_a_client,  ///< fewer than 34 bytes in the first record
    complete,      ///< bytes after consumed() belong to the session
  };

  /// The first record, whole. Call once.
  verdict start(bytes_view first_record) noexcept;

  /// Bytes that came after it, while the verdict is need_more.
  verdict more(bytes_view input) noexcept;

  /// 32 bytes after a start() that did not say not_a_client, else empty.
  bytes_view hash() const noexcept { return {hash_.data(), has_hash_ ? hash_.size() : 0}; }

  /// How many bytes of the LAST input belong to the preamble.
  std::size_t consumed() const noexcept { return consumed_; }

 private:
  verdict take_padding(bytes_view input, std::size_t offset) noexcept;

  sha256_digest hash_{};
  bool has_hash_ = false;
  std::size_t padding_left_ = 0;
  std::size_t consumed_ = 0;
};

}  // namespace anytls::protocol
