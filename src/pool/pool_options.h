#pragma once
// Every option of the session pool, with its default. Exact meaning: docs/spec/pool.md, "Options".
// Names are the ones of sing-box; mihomo writes them with hyphens.

#include "base/clock.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace anytls::pool {

struct pool_options {
  // The documents' options.
  duration idle_session_check_interval = 30s;  ///< length of a cycle, > 0
  duration idle_session_timeout = 30s;    ///< idle check closes what is idle LONGER than this, > 0
  std::uint32_t min_idle_session = 0;     ///< the idle check keeps at least this many
  std::uint32_t ensure_idle_session = 0;  ///< target of idle sessions made ahead of use; 0 = off
  std::uint32_t ensure_idle_session_create_rate =
      0;                                       ///< most made ahead of use per cycle; 0 = no limit
  duration max_connection_lifetime{0};         ///< 0 = none
  duration connection_lifetime_jitter{0};      ///< own lifetime = uniform in max -+ jitter
  std::uint32_t min_idle_session_for_age = 0;  ///< 0 = the value of min_idle_session
  duration heartbeat{0};                       ///< 0 = off

  // Ours.
  bool make_before_break = true;
  bool refill_immediately = true;
  bool hedge = true;
  bool probe_on_wake = true;
  bool disable_reuse = false;
  std::optional<duration> heartbeat_timeout;  ///< empty = max(4 smoothed RTT, min(heartbeat, 10 s))
  std::optional<duration>
      session_freshness;          ///< empty = min(heartbeat x 1.5, 10 s), 10 s without heartbeat
  duration stream_timeout = 15s;  ///< SYNACK of a stream on a living session
  duration half_close_timeout = 30s;  ///< silence after the application's half-close, then FIN
  std::string client;                 ///< text of the `client=` setting; empty = our true name

  /// `min_idle_session_for_age` with its 0 replaced.
  std::uint32_t protected_for_age() const noexcept {
    return min_idle_session_for_age != 0 ? min_idle_session_for_age : min_idle_session;
  }

  /// How long a sign of life is good for.
  duration freshness() const noexcept {
    if (session_freshness) return *session_freshness;
    if (heartbeat <= duration{0} || heartbeat >= 10s) return 10s;
    return std::min<duration>(heartbeat + heartbeat / 2, 10s);
  }

  bool operator==(const pool_options&) const = default;
};

}  // namespace anytls::pool
