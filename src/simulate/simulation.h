#pragma once
// What will these settings do? The real pool policy on a virtual clock, against a modelled server.
//
// Flow: run() sends every request, check and answer through one queue of events in order of time;
// the policy decides as it does in production, the model answers. No socket, no thread, no clock;
// the same seed gives the same report.
//
// The model, in full:
// - A new session costs `handshake_rtts` round trips until it can carry a request, and one more
// until the server has
//   said a word. A server that is away, or that has accepted its rate, refuses after one round
//   trip.
// - A request takes a session from the pool and waits for nothing; without one it makes its own. If
// that fails it
//   tries again: one attempt a second for all waiting requests together, and a session that turns
//   up meanwhile is taken. After `connect_timeout` it has failed.
// - A request keeps its session for its time. When an outage begins, all sessions break and their
// requests with them.
// - `nat_timeout`: a connection silent for longer is dead, and nobody is told. Heartbeats keep it
// alive, or find it dead
//   after interval + deadline. A request that is handed one loses max(100 ms, 3 RTT) and then makes
//   its own session (without `hedge`: max(3 s, 4 RTT)).

#include "pool/pool_log.h"
#include "pool/pool_options.h"
#include "session/close_reason.h"
#include "simulate/course.h"
#include "simulate/scenario.h"
#include "simulate/wait_times.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace anytls::simulate {

struct report {
  std::uint64_t requests = 0;   ///< that came
  std::uint64_t warm = 0;       ///< had a session at once
  std::uint64_t cold = 0;       ///< found none
  std::uint64_t dead_hits = 0;  ///< were handed a session that was dead
  std::uint64_t failed = 0;     ///< had none within connect_timeout
  std::uint64_t cut_off = 0;    ///< their session broke under them
  wait_times waited;            ///< of those that got a session

  std::uint64_t made_ahead = 0;        ///< sessions made ahead of use
  std::uint64_t made_for_request = 0;  ///< sessions made because a request had none
  std::map<session::close_reason, std::uint64_t> closed;
  std::uint64_t handshakes = 0;        ///< TLS handshakes that reached the server
  std::uint64_t refused = 0;           ///< attempts that it did not take
  std::uint64_t most_in_a_minute = 0;  ///< of the handshakes

  std::size_t most_sessions = 0;
  std::size_t most_idle = 0;
  std::size_t most_active = 0;
  std::optional<std::size_t> fewest_ready;  ///< idle + retiring, since the pool was first full
  double below_target = 0;   ///< share of the time with idle + retiring below the target
  double nothing_ready = 0;  ///< share of the time with nothing to hand out

  std::uint64_t checks = 0;
  std::vector<column> columns;
};

struct sample {
  duration at{0};
  pool::pool_policy::counts counts;
};

/// Hears what happens while it happens.
class observer {
 public:
  virtual ~observer() = default;
  /// The counts have changed.
  virtual void on_sample(const sample&) {}
  /// A line that the log would have.
  virtual void on_log(duration, const std::string&) {}
};

/// Why this cannot be simulated in reasonable time, or makes no sense; nothing = it can.
std::optional<std::string> objection(const pool::pool_options& options, const scenario& what);

/// `words`: of the log lines.
report run(const pool::pool_options& options, const scenario& what, observer* listener = nullptr,
           pool::log_words words = pool::log_words::sing_box);

}  // namespace anytls::simulate
