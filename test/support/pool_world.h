#pragma once
// The pool's policy on a virtual clock, against a server that can be told what to do. Every action
// is written down with its time, so that a test compares transcripts.
//
// Flow: pool_world w(options); change w.server; w.start(); w.run_until(330s); look at
// w.taken_down().

#include "pool/pool_policy.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace anytls::pool {

// How gtest shows actions.
inline void PrintTo(const pool_action& what, std::ostream* out) {
  struct printer {
    std::ostream& out;
    void operator()(const close_session& a) const {
      out << "close #" << a.seq << " " << session::name(a.reason);
    }
    void operator()(const create_sessions& a) const { out << "create " << a.count; }
    void operator()(const idle_cleanup& a) const {
      out << "idle " << a.found << "," << a.closing << "," << a.kept;
    }
    void operator()(const age_cleanup& a) const { out << "age " << a.closing << "," << a.kept; }
    void operator()(const maintenance& a) const {
      out << "maintain " << a.current << "," << a.target << "," << a.creating;
    }
    void operator()(const backing_off& a) const { out << "back off " << a.failures; }
  };
  std::visit(printer{*out}, what);
}
inline void PrintTo(const pool_policy::counts& c, std::ostream* out) {
  *out << "idle " << c.idle << ", retiring " << c.retiring << ", active " << c.active
       << ", connecting " << c.connecting;
}

}  // namespace anytls::pool

namespace anytls::test {

using pool::pool_action;
using pool::pool_actions;
using pool::pool_options;
using pool::pool_policy;
using session::close_reason;

/// An action and when it came, counted from the start.
struct timed {
  duration at;
  pool_action what;
  bool operator==(const timed&) const = default;
};
inline void PrintTo(const timed& t, std::ostream* out) {
  *out << std::chrono::duration<double>(t.at).count() << "s ";
  PrintTo(t.what, out);
}
using transcript = std::vector<timed>;

/// What the modelled server does; may be changed at any time.
struct model_server {
  duration handshake{0};                  ///< TCP, TLS and authentication written
  duration round_trip{0};                 ///< of an answer
  bool answers = true;                    ///< to a HeartRequest (version 2)
  bool down = false;                      ///< creations fail, after `handshake`
  bool refuses = false;                   ///< takes the connection and closes it a round trip later
  std::optional<duration> closes_unused;  ///< closes sessions that have not been used that long
};

class pool_world {
 public:
  explicit pool_world(const pool_options& options, std::uint64_t seed = 1)
      : random_(seed), policy(options, random_) {}

  // ---- the clock ----

  duration elapsed() const { return now_ - began_; }
  time_point now() const { return now_; }

  void start() {
    carry_out(policy.start(now_));
    run_until(elapsed());
  }
  /// Everything up to and including this time.
  void run_until(duration until) {
    const auto end = began_ + until;
    for (;;) {
      const auto event = events_.empty() ? time_point::max() : events_.begin()->first;
      const auto check = policy.next_check();
      const auto next = std::min({event, check, policy.next_refill(now_)});
      if (next > end || next == time_point::max()) break;
      ++turns;
      if (next > now_) {
        now_ = next;
        turns_here_ = 0;
      } else if (++turns_here_ > 10'000) {
        ADD_FAILURE() << "the clock stands still";
        return;
      }
      if (event <= now_) {
        auto what = std::move(events_.begin()->second);
        events_.erase(events_.begin());
        what();
      } else if (check <= now_) {
        run_check();
      } else {
        carry_out(policy.refill(now_));
      }
    }
    now_ = std::max(now_, end);
  }
  void run_for(duration d) { run_until(elapsed() + d); }
  void at(duration when, std::function<void()> what) {
    events_.emplace(began_ + when, std::move(what));
  }

  // ---- requests ----

  /// A session in use: from the pool, else a new one.
  pool::sequence take() {
    pool_actions out;
    const auto got = policy.take(now_, out);
    pool::sequence seq = 0;
    if (got) {
      seq = got->seq;
      EXPECT_TRUE(live.contains(seq));
      live[seq].active = true;
    } else {
      ++cold_starts;
      seq = policy.opened(now_, 0);
      live[seq] = {true, true};
      if (server.answers) at(elapsed() + server.round_trip, [this, seq] { prove(seq); });
    }
    ++requests;
    carry_out(out);
    return seq;
  }
  void give_back(pool::sequence seq, bool draining = false) {
    if (auto it = live.find(seq); it != live.end()) {
      it->second.active = false;
      it->second.used = true;
      carry_out(policy.returned(now_, seq, draining, now_));
    }
  }
  /// A request of that length.
  void request(duration length) {
    const auto seq = take();
    at(elapsed() + length, [this, seq] { give_back(seq); });
  }
  /// A request every `gap` until `end`.
  void traffic(duration gap, duration length, duration end) {
    for (auto t = elapsed() + gap; t <= end; t += gap) at(t, [this, length] { request(length); });
  }

  // ---- what happens to sessions ----

  void lose(pool::sequence seq) {
    if (live.erase(seq) != 0) carry_out(policy.lost(now_, seq));
  }
  void lose_all() {
    std::vector<pool::sequence> all;
    for (const auto& [seq, unused] : live) all.push_back(seq);
    for (const auto seq : all) lose(seq);
  }
  void prove(pool::sequence seq) {
    if (live.contains(seq)) carry_out(policy.proved(now_, seq));
  }

  void carry_out(const pool_actions& actions) {
    for (const auto& action : actions) {
      log.push_back({elapsed(), action});
      if (const auto* close = std::get_if<pool::close_session>(&action)) {
        const auto found = live.find(close->seq);
        if (found == live.end()) {
          ADD_FAILURE() << "closed twice, or never made: #" << close->seq;
          continue;
        }
        EXPECT_FALSE(found->second.active) << "an active session was closed: #" << close->seq;
        live.erase(found);
        ++closed[close->reason];
        closed_at.push_back(elapsed());
        EXPECT_TRUE(policy.lost(now_, close->seq).empty());  // the driver reports every end
      } else if (const auto* create = std::get_if<pool::create_sessions>(&action)) {
        attempts += create->count;
        for (std::size_t i = 0; i < create->count; ++i) {
          attempted_at.push_back(elapsed());
          const auto began = now_;
          at(elapsed() + server.handshake, [this, began] { finish(began); });
        }
        const auto c = policy.count();
        most_connecting = std::max(most_connecting, c.connecting);
        EXPECT_LE(c.idle + c.connecting, policy.options().ensure_idle_session);
      }
    }
  }

  /// The actions since the last call.
  transcript taken_down() { return std::exchange(log, {}); }
  /// The same, only what is done: closings and creations.
  transcript done() {
    auto out = taken_down();
    std::erase_if(out, [](const timed& t) {
      return !std::holds_alternative<pool::close_session>(t.what) &&
             !std::holds_alternative<pool::create_sessions>(t.what);
    });
    return out;
  }
  std::size_t warm() const {
    const auto c = policy.count();
    return c.idle + c.retiring;
  }
  std::vector<pool::sequence> idle() const {
    std::vector<pool::sequence> out;
    for (const auto& v : policy.snapshot(now_))
      if (v.idle) out.push_back(v.seq);
    return out;
  }

  struct session_state {
    bool active = false;
    bool used = false;
  };

 private:
  void run_check() {
    const auto before = warm();
    carry_out(policy.check(now_));
    checked.push_back(warm());
    if (warm() < before) least_after_lowering_check = std::min(least_after_lowering_check, warm());
  }
  void finish(time_point creation_began) {
    if (server.down) return carry_out(policy.failed(now_, creation_began));
    const bool asks = policy.wants_proof();
    pool_actions out;
    const auto seq = policy.created(now_, creation_began, 0, out);
    live[seq] = {};
    ++made;
    carry_out(out);
    if (!live.contains(seq)) return;
    if (server.refuses)
      at(elapsed() + server.round_trip, [this, seq] { lose(seq); });
    else if (asks && server.answers)
      at(elapsed() + server.round_trip, [this, seq] { prove(seq); });
    if (server.closes_unused)
      at(elapsed() + *server.closes_unused, [this, seq] {
        if (const auto it = live.find(seq);
            it != live.end() && !it->second.active && !it->second.used)
          lose(seq);
      });
  }

  seeded_random random_;
  const time_point began_ = time_point{} + 1h;
  time_point now_ = began_;
  std::multimap<time_point, std::function<void()>> events_;
  std::size_t turns_here_ = 0;

 public:
  pool_policy policy;
  model_server server;
  transcript log;
  std::map<pool::sequence, session_state> live;
  std::map<close_reason, std::size_t> closed;
  std::vector<duration> closed_at;     ///< by actions
  std::vector<duration> attempted_at;  ///< creations ahead of use
  std::vector<std::size_t> checked;    ///< idle + retiring after each check
  std::size_t attempts = 0, made = 0, requests = 0, cold_starts = 0, most_connecting = 0, turns = 0;
  std::size_t least_after_lowering_check = static_cast<std::size_t>(-1);
};

// Transcripts read like the log.
inline timed close_at(duration at, pool::sequence seq, close_reason why) {
  return {at, pool::close_session{seq, 0, why}};
}
inline timed create_at(duration at, std::size_t n) { return {at, pool::create_sessions{n}}; }

}  // namespace anytls::test
