// Any course of events under a request: payload leaves at most once, a request never waits for
// nothing, and after its end nothing happens. First bytes: what is known of the server. Then one
// event a byte.
#include "pool/hedge_core.h"

#include "check.h"
#include "script.h"

#include <boost/asio/error.hpp>

namespace {

using namespace anytls;
using namespace anytls::pool;

// The driver's side, as request_stream keeps it.
class request {
 public:
  explicit request(script& s)
      : s_(s),
        facts_{.smoothed_rtt = 1ms * s.byte() * (s.flip() ? 100 : 1), .proven = s.flip()},
        core_(facts_) {}

  void run() {
    const auto given = static_cast<trust>(s_.upto(2));
    at_hand_ = given != trust::none;
    carry_out(core_.begin(now_, given));
    while (!s_.over()) {
      step();
      CHECK(core_.trusted() == (using_ && !over_));
      CHECK(core_.sent_any() == sent_);
      if (over_) continue;
      CHECK(at_hand_ || seeking_);
      CHECK(!(using_ && seeking_));
      CHECK(at_hand_ || !using_);
    }
  }

 private:
  void step() {
    const auto what = s_.byte();
    now_ += 1ms * (what >> 3);
    switch (what & 7) {
      case 0:
      case 1: {  // the application writes
        if (!at_hand_) return;
        carry_out(core_.payload(now_, (what & 8) != 0));
        if (core_.trusted() && !over_) send();
        return;
      }
      case 2:
        if (at_hand_) carry_out(core_.alive());
        return;
      case 3: {
        const bool answers = (what & 8) != 0;
        const bool asking = at_hand_ && !using_;
        carry_out(core_.timer(answers, (what & 16) != 0));
        // Who has not shown life when the delay is over does not keep the request alone.
        CHECK(over_ || !asking || using_ || seeking_);
        return;
      }
      case 4: {
        if (!at_hand_) return;
        at_hand_ = using_ = false;
        carry_out(core_.lost(reason(what)));
        CHECK(!sent_ || over_);
        return;
      }
      case 5:
        if (!seeking_) return;
        seeking_ = false;
        CHECK(!sent_);
        may_replace_ = true;
        carry_out(core_.found());
        CHECK(!may_replace_);
        return;
      case 6:
        if (!seeking_) return;
        seeking_ = false;
        carry_out(core_.not_found(reason(what)));
        CHECK(over_ != at_hand_);
        return;
      default:
        if (over_) {  // late news of any kind
          carry_out(core_.alive());
          carry_out(core_.lost(boost::asio::error::eof));
          carry_out(core_.found());
          carry_out(core_.not_found(boost::asio::error::eof));
          carry_out(core_.payload(now_, false));
        }
    }
  }

  static error_code reason(std::uint8_t what) {
    static const error_code reasons[] = {boost::asio::error::connection_reset,
                                         errc::session_closed,
                                         errc::wrong_password,
                                         errc::alert,
                                         errc::not_anytls,
                                         errc::stream_timeout,
                                         errc::protocol_error,
                                         errc::shutting_down};
    return reasons[what >> 3 & 7];
  }

  void send() {
    CHECK(at_hand_ && using_ && !over_);
    // The session at hand is the only one that has had any of it.
    CHECK(!sent_ || sent_to_ == session_);
    core_.sent();
    sent_ = true;
    sent_to_ = session_;
  }

  void carry_out(const hedge_actions& actions) {
    struct visitor {
      request& me;
      void operator()(const act::ask&) const {
        CHECK(me.at_hand_ && me.using_ && !me.sent_);
        me.using_ = false;
      }
      void operator()(const act::wait_until& a) const {
        CHECK(me.at_hand_ && !me.using_);
        CHECK(a.when == me.now_ + std::max<duration>(100ms, 3 * me.facts_.smoothed_rtt));
      }
      void operator()(const act::seek&) const {
        CHECK(!me.seeking_ && !me.sent_);
        CHECK(me.at_hand_ || ++me.moves_ <= hedge_core::max_moves + 1);
        me.seeking_ = true;
      }
      void operator()(const act::stop_seeking&) const {
        CHECK(me.seeking_);
        me.seeking_ = false;
      }
      void operator()(const act::use&) const {
        CHECK(me.at_hand_ && !me.using_);
        me.using_ = true;
      }
      void operator()(const act::replace&) const {
        CHECK(me.may_replace_ && !me.sent_ && !me.using_);
        me.may_replace_ = false;
        me.at_hand_ = true;
        ++me.session_;
      }
      void operator()(const act::fail& a) const {
        CHECK(a.why);
        me.over_ = true;
      }
    };
    for (const auto& action : actions) {
      CHECK(!over_);
      std::visit(visitor{*this}, action);
    }
    if (over_) CHECK(!seeking_);
  }

  script& s_;
  const hedge_facts facts_;
  hedge_core core_;
  time_point now_ = time_point{} + 1h;
  bool at_hand_ = false;
  bool using_ = false;  ///< payload may go to the one at hand
  bool seeking_ = false;
  bool may_replace_ = false;
  bool sent_ = false;
  bool over_ = false;
  int session_ = 0;  ///< which one is at hand
  int sent_to_ = 0;
  int moves_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  script s({data, size});
  request(s).run();
  return 0;
}
