#pragma once
// One end of a relay: a local socket, a socket to a target, a stream of a session. Two ends are
// joined with attach(); from then on each pushes what it receives straight into the other, on one
// thread, without a queue between them and without a copy where the other end lends the room to
// read into.
//
// Flow of a byte, browser to server: the socket end becomes readable -> it asks the stream end for
// room (slots with gaps for frame headers) -> one readv -> commit() frames, encrypts and sends.
// Downwards the session's reader calls write() of the socket end with views into its read buffer:
// one send, no copy.

#include "base/asio.h"
#include "base/bytes.h"
#include "base/result.h"

#include <sys/uio.h>
#include <span>
#include <string>

namespace anytls {

class endpoint;

/// Hears once, posted (never from inside a call), that an end is closed for good. No error = a
/// clean end of both directions: the other end is then to be closed; with an error it is to be
/// reset.
class endpoint_observer {
 public:
  virtual void on_closed(endpoint&, error_code reason) = 0;

 protected:
  ~endpoint_observer() = default;
};

/// Owned by unique_ptr, used on one thread. No function throws or blocks. Destroy it before
/// attach(), or after on_closed() of it and of its peer (net/relay.h does).
class endpoint {
 public:
  virtual ~endpoint() = default;

  virtual executor get_executor() = 0;

  /// Starts pushing what arrives to `peer` (which must outlive the close of this end).
  virtual void attach(endpoint& peer, endpoint_observer& watcher) = 0;

  // Called by the peer with what it received:

  /// Room to read into, lent by the thread: valid until commit() or the next suspension. Never
  /// empty.
  virtual std::span<const iovec> prepare() = 0;
  /// `size` bytes of prepare()'s room were filled, in order.
  virtual void commit(std::size_t size) = 0;
  /// Bytes that lie elsewhere. All are taken; check congested() afterwards.
  virtual void write(bytes_view data) = 0;
  /// The same of several pieces at once, in order: one system call where that can be had.
  virtual void write_parts(std::span<const bytes_view> parts) {
    for (const auto& part : parts) write(part);
  }
  /// Bytes that were pushed and have not left yet.
  virtual std::size_t backlog() const noexcept = 0;
  /// Above the pause mark: push no more until resume() is called on you.
  virtual bool congested() const noexcept { return backlog() != 0; }
  /// The peer has no more data to push. What was pushed before is delivered first, then the end is
  /// signalled as far as this kind of end can (a TCP half-close; a client's stream waits, AnyTLS
  /// has no half-close).
  virtual void finish() = 0;
  /// The same where nobody can tell whether the peer's far side still reads: an application on
  /// another host that closes looks like one that finishes.
  virtual void finish_perhaps_gone() { finish(); }
  /// The peer's backlog has drained: go on pushing.
  virtual void resume() = 0;

  // Called by the owner of the pair, when the other end is closed:

  /// Delivers what was pushed, then closes both directions properly.
  virtual void close() = 0;
  /// Closes so that this end's far side sees a reset, not an end.
  virtual void reset(error_code reason) = 0;

  /// What the far side said about the error, for the log; empty where it said nothing.
  virtual std::string detail() const { return {}; }

  /// Waits until the far side has accepted (SYNACK); at once where that is already known.
  virtual task<error_code> wait_established() = 0;
};

}  // namespace anytls
