#pragma once
// What the pool policy wants done, and what it has to say. Plain values that compare with ==, so
// that a test reads like a transcript. docs/spec/pool.md.

#include "session/close_reason.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace anytls::pool {

using sequence = std::uint64_t;

/// Close this idle session: the policy has forgotten it already.
struct close_session {
  sequence seq;
  std::size_t place;  ///< its thread
  session::close_reason reason;
  bool operator==(const close_session&) const = default;
};

/// Make this many sessions ahead of use, in parallel. Each is reported back with created() or
/// failed().
struct create_sessions {
  std::size_t count;
  bool operator==(const create_sessions&) const = default;
};

/// Facts of a check for the log; the driver has the words.
struct idle_cleanup {
  std::size_t found, closing, kept;
  bool operator==(const idle_cleanup&) const = default;
};
struct age_cleanup {
  std::size_t closing, kept;
  bool operator==(const age_cleanup&) const = default;
};
struct maintenance {
  std::size_t current, target, creating;
  bool operator==(const maintenance&) const = default;
};
/// Creations fail: the next one is tried after this long. Said once, when a back-off begins.
struct backing_off {
  std::size_t failures;
  bool operator==(const backing_off&) const = default;
};

using pool_action = std::variant<close_session, create_sessions, idle_cleanup, age_cleanup,
                                 maintenance, backing_off>;
using pool_actions = std::vector<pool_action>;

}  // namespace anytls::pool
