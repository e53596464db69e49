#pragma once
// What one request does about the session that it was given. Pure: events in, actions out; the
// driver is request_stream. docs/spec/pool.md, "No request may fail or stall because a pooled
// session was dead".
//
// Flow: begin() -> a fresh session is used at once; a stale one is asked for a sign of life while
// the payload is held back, and after a short delay a backup (a fresh session, else a new
// connection) is sought. The first that shows life is used, the other one is given up. Until
// payload has been handed to TLS the request moves away from a session that dies; after that its
// end is the application's. So payload leaves exactly once.

#include "anytls/error.h"
#include "base/clock.h"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <variant>

namespace anytls::pool {

enum class trust : std::uint8_t { none, stale, fresh };

/// What is known of the server when a request begins.
struct hedge_facts {
  duration smoothed_rtt{0};
  bool proven = false;  ///< this outbound has heard a known frame: the password is right
};

namespace act {
/// Ask the session for a sign of life: its SYN has gone without one.
struct ask {
  bool operator==(const ask&) const = default;
};
/// Call timer() at that time, whatever was said before.
struct wait_until {
  time_point when;
  bool operator==(const wait_until&) const = default;
};
/// Find a fresh session or make a new one; report with found() or not_found().
struct seek {
  bool operator==(const seek&) const = default;
};
/// The backup is not needed any more: what is being made joins the pool.
struct stop_seeking {
  bool operator==(const stop_seeking&) const = default;
};
/// The session at hand has shown life: payload may go to it.
struct use {
  bool operator==(const use&) const = default;
};
/// The session that was found takes the place of the one at hand, which is doubted.
struct replace {
  bool operator==(const replace&) const = default;
};
struct fail {
  error_code why;
  bool operator==(const fail&) const = default;
};
}  // namespace act

using hedge_action = std::variant<act::ask, act::wait_until, act::seek, act::stop_seeking, act::use,
                                  act::replace, act::fail>;
using hedge_actions = boost::container::static_vector<hedge_action, 3>;

class hedge_core {
 public:
  /// Sessions that may die under a request before it has sent anything.
  static constexpr int max_moves = 3;

  explicit hedge_core(const hedge_facts& facts) noexcept : facts_(facts) {}

  /// A few round trips, 100 ms at least.
  duration backup_delay() const noexcept {
    return std::max<duration>(100ms, 3 * facts_.smoothed_rtt);
  }

  /// The session at hand, whose SYN has just gone (with a question, if stale).
  hedge_actions begin(time_point now, trust given);

  /// The application's first bytes are there while the session at hand is in use. `fresh`: it still
  /// is; if not it is asked first.
  hedge_actions payload(time_point now, bool fresh);
  /// The payload has been handed to TLS.
  void sent() noexcept { sent_ = true; }

  /// The session at hand has received something since it was asked.
  hedge_actions alive();
  /// The delay is over. `acknowledged`: a server of version 1, or one that has not said its
  /// version, answers no question; that its kernel has acknowledged ours is all it can show.
  hedge_actions timer(bool answers, bool acknowledged);
  /// The session at hand has ended under the request.
  hedge_actions lost(error_code why);

  hedge_actions found();
  hedge_actions not_found(error_code why);

  /// Payload may be handed to the session at hand.
  bool trusted() const noexcept { return state_ == state::trusted; }
  bool sent_any() const noexcept { return sent_; }

 private:
  enum class state : std::uint8_t {
    nothing,  ///< no session at hand
    asking,   ///< one that has to show life first
    trusted,
    over
  };
  hedge_actions fail(error_code why);

  hedge_facts facts_;
  state state_ = state::nothing;
  bool seeking_ = false;
  bool sent_ = false;
  int moves_ = 0;
  error_code why_lost_;
};

}  // namespace anytls::pool
