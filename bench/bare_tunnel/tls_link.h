#pragma once
// A TLS connection over a blocking socket, with buffers of ours instead of the library's socket
// BIO.
//
// The two directions run on two threads. The library wants one at a time, so a lock is held while
// it works, never while the socket does; in a bulk transfer nobody else asks for it.

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace anytls::bench {

class tls_link {
 public:
  /// Takes the socket; the handshake is done, or the object is not usable.
  tls_link(SSL_CTX* ctx, int fd, bool server);
  ~tls_link();
  tls_link(const tls_link&) = delete;
  tls_link& operator=(const tls_link&) = delete;
  bool usable() const { return usable_; }

  /// One record of up to 16,384 bytes, encrypted into the buffer of send(). Under the lock.
  bool seal(std::span<const std::uint8_t> plain);
  /// All records since the last send, with one system call as a rule. Only the sealing thread.
  bool send();

  /// Up to 128 KiB from the socket. Only the opening thread.
  bool receive();
  /// The next record of what was received; 0 = no whole one is left, -1 = the end. Under the lock.
  int open(std::span<std::uint8_t> out);

  std::mutex& lock() { return lock_; }

  /// Wakes both directions with an end.
  void shut();

 private:
  friend struct buffers;
  bool handshake();

  int fd_;
  bssl::UniquePtr<SSL> ssl_;
  std::mutex lock_;
  std::vector<std::uint8_t> in_, out_;
  std::size_t in_at_ = 0, in_end_ = 0;
  bool usable_ = false;
};

bool send_all(int fd, std::span<const std::uint8_t> data);

}  // namespace anytls::bench
