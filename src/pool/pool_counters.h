#pragma once
// What has happened to the sessions of one outbound since it was built. Read from any thread.

#include "base/counters.h"
#include "session/close_reason.h"

#include <array>

namespace anytls::pool {

struct pool_counters {
  counter requests;          ///< that asked for a session
  counter warm;              ///< of these: got an idle session at once
  counter cold;              ///< of these: found none and opened one
  counter hedges;            ///< backups sought because a session was slow to show life
  counter hedges_won;        ///< of these: the backup was used
  counter moves;             ///< requests that left a session that had died under them
  counter created_ahead;     ///< sessions made ahead of use
  counter opened;            ///< sessions made for a request
  counter creations_failed;  ///< of either kind
  counter network_changes;   ///< wake-ups and changes of the way to the server
  std::array<counter, session::close_reasons> closed;  ///< by close_reason

  counter& closed_by(session::close_reason why) noexcept {
    return closed[static_cast<std::size_t>(why)];
  }
};

}  // namespace anytls::pool
