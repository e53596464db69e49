#pragma once
// What has happened at one AnyTLS server since it was built. Read from any thread.

#include "base/counters.h"

namespace anytls::server {

struct server_counters {
  counter connections;           ///< accepted, whatever became of them
  counter refused_pending;       ///< closed at once: too many are not authenticated yet
  counter refused_source;        ///< the same for its source
  counter refused_rate;          ///< closed at once: too many handshakes of its source
  counter refused_failures;      ///< closed at once: its source failed to authenticate too often
  counter handshakes_failed;     ///< no TLS connection came about, for whatever reason
  counter failed_auth;           ///< TLS was good, and then it was not a client
  counter fallbacks;             ///< of these: handed to the web server
  counter fallbacks_missed;      ///< of these: not, because it was not reached or holds too many
  counter sessions;              ///< authenticated
  counter sessions_idle_closed;  ///< closed by idle_session_timeout
  counter sessions_dead;         ///< closed because a heartbeat was not answered
  counter streams;               ///< opened by clients
  counter streams_over_limit;    ///< of these: refused by max_streams_per_user
  counter targets_failed;        ///< could not be reached
  counter targets_blocked;       ///< of these: refused by configuration
  counter dials_given_up;        ///< nobody waited for them any more
  counter leftovers_cut;         ///< targets of finished streams, cut because there were too many
};

}  // namespace anytls::server
