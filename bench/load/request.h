#pragma once
// What a load asks of the target, in its first nine bytes: a letter and a size.
//
//   d N   sends N bytes                           (bulk down)
//   u N   reads N bytes, answers one              (bulk up)
//   r N   answers each N bytes with N bytes; the first N count these nine (requests, ping-pong)
//   c N   the same once, then closes               (requests)
//   h N   the same once, closes at the next byte   (hold)
//
// The first record of a TLS connection (0x16) is answered with 100 bytes and an end: a real
// ClientHello's look is what a client may send early.

#include <array>
#include <cstdint>
#include <vector>

namespace anytls::bench {

constexpr std::size_t head_size = 9;
constexpr std::size_t hello_answer = 100;

inline std::array<std::uint8_t, head_size> head(char what, std::uint64_t size) {
  std::array<std::uint8_t, head_size> out{static_cast<std::uint8_t>(what)};
  for (int i = 0; i < 8; ++i) out[1 + i] = static_cast<std::uint8_t>(size >> (56 - 8 * i));
  return out;
}

inline std::uint64_t size_in(const std::array<std::uint8_t, head_size>& from) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | from[1 + i];
  return out;
}

/// `size` bytes that begin with a head.
inline std::vector<std::uint8_t> message(char what, std::size_t size) {
  const auto first = head(what, size);
  std::vector<std::uint8_t> out(size < head_size ? head_size : size, 'x');
  for (std::size_t i = 0; i < head_size; ++i) out[i] = first[i];
  return out;
}

/// A TLS 1.3 ClientHello without early data: cipher suite, supported_versions, nothing else.
inline std::vector<std::uint8_t> client_hello() {
  std::vector<std::uint8_t> body{3, 3};
  body.insert(body.end(), 32, 0x5a);  // random
  for (const int b : {0, 0, 2, 0x13, 1, 1, 0, 0, 7, 0, 0x2b, 0, 3, 2, 3, 4})
    body.push_back(static_cast<std::uint8_t>(b));
  const auto n = static_cast<std::uint8_t>(body.size());
  std::vector<std::uint8_t> out{0x16, 3, 1, 0, static_cast<std::uint8_t>(n + 4), 1, 0, 0, n};
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

}  // namespace anytls::bench
