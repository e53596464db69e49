#pragma once
// What the kernel knows about the other side of a connection: the only witness while a deployed
// server, blocked by a slow target, answers no heartbeat. docs/spec/pool.md, "Heartbeat".

#include "base/clock.h"

namespace anytls::session {

class tcp_facts {
 public:
  /// Nothing is known of a descriptor that is none (-1: tests) or not TCP's (a session over a
  /// stream of another one), and nothing is suspicious then.
  explicit tcp_facts(int fd) noexcept;

  bool known() const noexcept { return known_; }

  /// Bytes of ours have been waiting for `that_long` without any acknowledgement.
  bool unacknowledged_for(duration that_long) const noexcept {
    return unacked_ && last_ack_ >= that_long;
  }
  /// All that was sent has been acknowledged: the other kernel, at least, is there.
  bool acknowledged() const noexcept { return known_ && !unacked_; }

  /// The other kernel has said nothing for `that_long`, and was asked: by data or by window probes.
  /// With a full window it is asked more and more rarely and answers, though not each time: Linux
  /// answers one such probe in 500 ms, so a single unanswered one means nothing.
  bool silent_for(duration that_long) const noexcept {
    return last_ack_ >= that_long && (probes_ > 1 || (unacked_ && resent_ && sent_since_ack_));
  }
  /// silent_for(), or bytes have been on the wire all that time, or would be if there were a way,
  /// as whoever calls this again and again sees, however often they were sent: where a hole or a
  /// nap has taught TCP a long round trip, that is once in seconds. Not bytes that a full window
  /// holds back.
  bool unanswered_for(duration that_long) const noexcept {
    return silent_for(that_long) || (in_flight_ && last_ack_ >= that_long);
  }

 private:
  bool known_ = false;
  bool in_flight_ = false;
  bool unacked_ = false;
  bool resent_ = false;
  bool sent_since_ack_ = false;
  unsigned probes_ = 0;
  duration last_ack_{0};
};

}  // namespace anytls::session
