#pragma once
// Every decision about the sessions of one outbound: which one is handed out, what happens to one that comes back,
// which ones a check closes. Pure: (now, events, options) -> values that compare with ==. The driver (session_pool)
// carries them out; tests run it on a virtual clock.
//
// Flow: the driver reports what happens (opened, taken, returned, lost) and calls check() once per cycle.
// Source: docs/spec/pool.md.

#include "base/clock.h"
#include "pool/pool_options.h"
#include "session/close_reason.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace anytls::pool {

using sequence = std::uint64_t;

/// Close this idle session.
struct close_session {
  sequence seq;
  std::size_t place;  ///< its thread
  session::close_reason reason;
  bool operator==(const close_session&) const = default;
};

class pool_policy {
 public:
  explicit pool_policy(const pool_options& options) : options_(options) {}

  /// A session was made for a request and is in use. Numbers rise by one per session.
  sequence opened(time_point now, std::size_t place);

  /// The newest idle session of any place (or of `only`), now in use; those that may still have the data of an
  /// abandoned stream on their way come last.
  struct handed_out {
    sequence seq;
    std::size_t place;
    bool operator==(const handed_out&) const = default;
  };
  std::optional<handed_out> take(std::optional<std::size_t> only = std::nullopt);

  enum class verdict { keep, close };
  /// The stream of a session in use has ended and the session is healthy.
  verdict returned(time_point now, sequence seq, bool draining);

  /// Nothing of an abandoned stream is on its way any more.
  void drained(sequence seq);

  /// The session has ended, for whatever reason.
  void lost(sequence seq);

  /// The idle check. What it names counts as gone already.
  std::vector<close_session> check(time_point now);

  std::size_t idle() const noexcept;
  std::size_t active() const noexcept { return sessions_.size() - idle(); }

 private:
  struct entry {
    sequence seq;
    std::size_t place;  ///< the thread that owns it
    time_point created_at;
    time_point idle_since;
    bool idle = false;
    bool draining = false;
  };
  std::vector<entry>::iterator find(sequence seq);

  pool_options options_;
  sequence next_ = 1;
  std::vector<entry> sessions_;  // by seq, oldest first
};

}  // namespace anytls::pool
