#pragma once
// Every decision about the sessions of one outbound, in one place: which one is handed out, what
// becomes of one that comes back, which ones a check closes or renews, when how many are made ahead
// of use. Pure: (now, event) -> actions that compare with ==; the same object drives production,
// the virtual-clock tests and the simulator.
//
// Flow: start() once -> the driver reports what happens (created, failed, proved, taken, returned,
// lost ...) and calls check() at next_check() and refill() at next_refill() -> it carries out what
// it gets back. A session: connecting -> idle <-> active -> gone; idle ones that are due for
// renewal are `retiring`: they may still be handed out, do not count as idle, and go, oldest first,
// as soon as idle + retiring exceeds the target (a replacement counts from its first answer, or
// after a second without bad news). Source: docs/spec/pool.md. Not thread-safe.

#include "base/clock.h"
#include "base/random.h"
#include "pool/back_off.h"
#include "pool/pool_action.h"
#include "pool/pool_options.h"

#include <optional>
#include <vector>

namespace anytls::pool {

class pool_policy {
 public:
  /// Handshakes ahead of use that may be in flight at once.
  static constexpr std::size_t max_in_flight = 32;
  /// A session that has lived this long was a success even if the server never said a word (version
  /// 1).
  static constexpr duration proof_by_age = 5s;
  /// Warm sessions under an old padding scheme are renewed at most this often.
  static constexpr duration scheme_renewal_interval = 10min;
  /// How long the others wait for the first session's answer at start.
  static constexpr duration scout_patience = 1s;

  pool_policy(const pool_options& options, random_source& random)
      : options_(options), random_(random) {}

  /// The pool is warm from second 0: begins the first cycle.
  pool_actions start(time_point now);

  // ---- creations ahead of use (each count of create_sessions is one) ----

  /// Its TLS handshake and authentication are written: it is idle now. `began`: when its creation
  /// did.
  sequence created(time_point now, time_point began, std::size_t place, pool_actions& out);
  /// It could not be made.
  pool_actions failed(time_point now, time_point began);
  /// A requester went away while its session is being made: it will be reported as if made ahead of
  /// use.
  void adopted() noexcept { ++connecting_; }
  /// A creation was given up because the client shuts down. No failure.
  void cancelled() noexcept { --connecting_; }

  // ---- sessions for requests ----

  /// A session was made for a request: in use.
  sequence opened(time_point now, std::size_t place);

  struct handed_out {
    sequence seq;
    std::size_t place;
    bool fresh;  ///< has shown life within the bound: may be trusted with the only copy of bytes
    bool operator==(const handed_out&) const = default;
  };
  struct wish {
    std::optional<std::size_t> only{};  ///< of this thread
    bool fresh = false;                 ///< no stale one, rather none
  };
  /// An idle session, now in use: fresh ones before stale ones; among those one at or over its
  /// lifetime first, so that rotation goes on when demand spends the rate; else the newest. Never
  /// one that drains or is doubted. `out`: what refilling its place takes.
  std::optional<handed_out> take(time_point now, pool_actions& out, const wish& what);
  std::optional<handed_out> take(time_point now, pool_actions& out) {
    return take(now, out, wish());
  }

  /// Its stream has ended and it is healthy. `heard_at`: when it last received anything. The
  /// actions may close it.
  pool_actions returned(time_point now, sequence seq, bool draining, time_point heard_at);
  /// Set aside by take() and not used after all.
  pool_actions put_back_unused(time_point now, sequence seq);

  // ---- what happens to sessions ----

  /// A frame with a known command has arrived, for the first time.
  pool_actions proved(time_point now, sequence seq);
  /// An idle session has received something.
  void heard(time_point now, sequence seq);
  /// It did not show life when a request asked it to, and another was faster: not handed out before
  /// it has. (The driver closes it if it does not.)
  void doubt(time_point now, sequence seq);
  /// A session has died, or seems to: signs of life of the others from before mean nothing.
  void distrust(time_point now) noexcept { distrusted_until_ = now; }
  /// The host has slept, or its way to the server is another one: no idle session may be trusted.
  /// `probe`: they are being asked for a sign of life; else (nobody would answer) they are renewed.
  pool_actions network_changed(time_point now, bool probe);
  /// Whether a session that has last shown life at `heard_at` may be trusted.
  bool fresh(time_point heard_at, time_point now) const noexcept {
    if (!options_.hedge) return true;
    return heard_at > distrusted_until_ && now - heard_at <= options_.freshness();
  }
  /// Nothing of an abandoned stream is on its way any more.
  void drained(sequence seq);
  /// It has ended; not by an action of ours.
  pool_actions lost(time_point now, sequence seq);
  /// The server sent another padding scheme: unused warm sessions are renewed.
  pool_actions scheme_changed(time_point now);

  // ---- time ----

  /// One cycle: idle check, age check, ensure, renewal, in this order.
  pool_actions check(time_point now);
  time_point next_check() const noexcept {
    return shut_down_ ? time_point::max()
                      : after(cycle_began_, options_.idle_session_check_interval);
  }

  /// What is missing and may be made now: after a back-off, or when the first session has been
  /// answered.
  pool_actions refill(time_point now);
  /// time_point::max() = nothing is waiting for time.
  time_point next_refill(time_point now) const noexcept;

  /// Closes all idle sessions and creates no more.
  pool_actions shut_down();

  /// Sessions made now should ask for a sign of life at once (Settings + HeartRequest): everything
  /// waits for it.
  bool wants_proof() const noexcept { return scouting_ || back_off_.backing_off(); }
  /// Creations ahead of use fail: that was said once already.
  bool creations_fail() const noexcept { return back_off_.backing_off(); }

  struct counts {
    std::size_t idle = 0;  ///< without retiring
    std::size_t retiring = 0;
    std::size_t active = 0;
    std::size_t connecting = 0;
    bool operator==(const counts&) const = default;
  };
  counts count() const noexcept;
  const pool_options& options() const noexcept { return options_; }

  struct view {
    sequence seq;
    duration idle_for;  ///< zero in use
    duration age;
    bool idle;
    bool retiring;
  };
  /// For the log and the API, oldest first.
  std::vector<view> snapshot(time_point now) const;

 private:
  enum class state : std::uint8_t { idle, retiring, active, gone };
  struct entry {
    sequence seq;
    std::size_t place;
    time_point began;
    time_point created_at;
    time_point idle_since;
    time_point heard_at;    ///< last sign of life: made, or received something
    time_point expires_at;  ///< by age; max = never
    session::close_reason due = session::close_reason::idle_timeout;  ///< why it retires
    state status;
    bool draining = false;
    bool doubted = false;
    bool proven = false;      ///< its creation has succeeded
    bool ahead = false;       ///< made ahead of use
    bool used = false;        ///< has carried a stream to its end, or was made for one
    bool old_scheme = false;  ///< to be renewed: the server has replaced its padding scheme
  };
  struct due_session {
    entry* which;
    session::close_reason reason;
  };

  entry& add(time_point now, time_point began, std::size_t place, state status);
  std::vector<entry>::iterator find(sequence seq);
  static time_point after(time_point t,
                          duration d) noexcept {  // any duration is obeyed, none overflows
    return d > time_point::max() - t ? time_point::max() : t + d;
  }
  static bool over_age(const entry& e, time_point now) noexcept { return now >= e.expires_at; }
  std::vector<due_session> find_due(time_point now);
  void close_or_renew(const std::vector<due_session>& due, time_point now, pool_actions& out);
  void ensure(time_point now, pool_actions& out);
  std::size_t may_create(time_point now) const noexcept;
  std::size_t deficit() const noexcept;
  std::size_t wanted() const noexcept;
  void create(std::size_t count, pool_actions& out);
  void close(entry& which, session::close_reason reason, pool_actions& out);
  void join_idle(entry& which, time_point now, pool_actions& out);
  bool has_shown(const entry& e, time_point now) const noexcept;
  duration replacement_patience() const noexcept {
    return std::min<duration>(scout_patience, options_.idle_session_check_interval);
  }
  std::size_t unshown(time_point now) const noexcept;
  void close_surplus_retiring(time_point now, pool_actions& out);
  void forget_gone();
  void succeeded(entry& made);
  void look_at_clock(time_point now, pool_actions& out);
  bool is_attempt(const entry& e) const noexcept;
  bool waits_for_proof() const noexcept;

  const pool_options options_;
  random_source& random_;
  back_off back_off_;
  std::vector<entry> sessions_;  // by seq, oldest first
  sequence next_ = 1;
  std::size_t connecting_ = 0;
  std::size_t idle_ = 0;  // kept up to date: asked for at every event
  std::size_t retiring_ = 0;
  std::size_t created_in_cycle_ = 0;
  std::size_t owed_ = 0;  // without refill_immediately: what this cycle may still make
  time_point cycle_began_{};
  time_point
      scout_until_{};  // the first session speaks first; the others follow its answer, or this time
  bool scouting_ = false;
  std::optional<time_point> scheme_renewed_at_;
  time_point distrusted_until_ =
      time_point::min();  // signs of life from before the last wake-up mean nothing
  bool shut_down_ = false;
};

}  // namespace anytls::pool
