#pragma once
// What a session runs on: an established TLS connection, seen as records. Implemented by
// tls::stream; tests have their own. Lives in base because session and tls may not know each other.

#include "base/asio.h"
#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <string>

namespace anytls {

/// One thread (that of its io_context) owns and calls it. Reading and writing never block and never
/// throw.
class transport {
 public:
  struct read_outcome {
    std::size_t size = 0;  ///< plaintext bytes; 0 without an error = nothing has arrived
    error_code error;      ///< asio::error::eof = closed properly; others are sticky too
  };

  virtual ~transport() = default;

  virtual executor get_executor() = 0;

  /// Decrypts what has arrived into `out`, as many records as fit. An `out` of io_buffers::size
  /// bytes always takes everything that one receive brought, so that nothing decryptable is left
  /// inside while waiting.
  virtual read_outcome read_some(mutable_bytes out) = 0;

  /// The same, but at most one record (the server's first read must see where the first record
  /// ends).
  virtual read_outcome read_record(mutable_bytes out) = 0;

  /// Returns when read_some may have something. If bytes are left inside, that is after the others
  /// of this thread had their turn: a peer that never stops sending does not keep them waiting.
  /// asio::error::operation_aborted after close(), abort() or cancel(), unless it was about to
  /// return. One waiter at a time.
  virtual task<error_code> wait_readable() = 0;

  /// Encrypts `plaintext` as exactly one record (several only above 16,384 bytes) into the outgoing
  /// queue. Nothing leaves before flush(): records of one turn share a system call.
  virtual void write_record(bytes_view plaintext) = 0;

  /// Hands the queue to the kernel as far as it takes it. What stays counts as backlog().
  virtual error_code flush() = 0;

  /// Encrypted bytes that the kernel has not taken.
  virtual std::size_t backlog() const noexcept = 0;

  /// Waits until the backlog is written. One waiter at a time.
  virtual task<error_code> drain() = 0;

  /// Returns when the connection has broken (a reset), also while nobody reads; without an error if
  /// that cannot be told. One waiter at a time.
  virtual task<error_code> wait_broken() { co_return error_code{}; }

  /// Wakes the waiters with operation_aborted and leaves the connection as it is.
  virtual void cancel() noexcept = 0;

  /// Ends properly: what is queued is tried once, close_notify, FIN. Idempotent.
  virtual void close() noexcept = 0;

  /// Ends with a TCP reset, so that half a transfer cannot look whole. Idempotent.
  virtual void abort() noexcept = 0;

  /// `address:port` of the peer, for messages.
  virtual std::string peer() const = 0;

  /// The connection's descriptor, for TCP_INFO and socket options; -1 where there is none (tests).
  virtual int native_handle() noexcept { return -1; }

  /// Round trip of the handshake (hello to hello), 0 = unknown.
  virtual duration handshake_rtt() const noexcept { return duration{0}; }
};

}  // namespace anytls
