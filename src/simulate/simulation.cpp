#include "simulate/simulation.h"

#include "session/heartbeat_core.h"
#include "simulate/server_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <queue>
#include <unordered_map>

namespace anytls::simulate {
namespace {

using pool::sequence;
using session::close_reason;

// Virtual time begins here: well after zero, which the policy uses for "never".
constexpr auto origin = time_point{} + 24h;

constexpr duration between_attempts = 1s;  // of waiting requests, together
constexpr double most_events = 100e6;

enum class kind : std::uint8_t {
  arrival,     // index: source
  made_ahead,  // a creation ahead of use has ended
  made,        // a creation for a request has ended; index: request
  answered,    // the server's first frame; index: session
  done,        // the request's time is over; index: session
  closed_by_server,
  found_dead,    // by heartbeat; index: session
  dead_in_hand,  // by the request that holds it; index: session, other: request
  outage,
  attempt,  // time for the waiting requests
  give_up,  // index: request
};

struct event {
  duration at;
  std::uint64_t order;  // of what falls together: as it was scheduled
  simulate::kind kind;
  std::uint64_t index = 0;
  std::uint64_t other =
      0;  // kinds about a session: its epoch, so that what has changed since is not touched
  duration began{0};
  bool ok = true;

  bool operator>(const event& e) const { return at != e.at ? at > e.at : order > e.order; }
};

struct session_state {
  std::uint64_t epoch = 0;  // rises whenever it is taken or comes back
  bool active = false;
  bool answered = false;
  duration heard_at{0};  // last byte but for heartbeats
};

struct request_state {
  duration came{0};
  duration takes{0};
  bool trying = false;  // an attempt of its own is under way
};

class simulation {
 public:
  simulation(const pool::pool_options& options, const scenario& what, observer* listener,
             pool::log_words words)
      : options_(options),
        what_(what),
        listener_(listener),
        words_(words),
        server_(what),
        policy_random_(what.seed),
        length_random_(what.seed ^ 0x9e3779b97f4a7c15),
        policy_(options, policy_random_),
        course_(what.length, what.columns) {
    // A source of randomness each: other pool settings see the same requests.
    for (std::size_t i = 0; i < what.requests.size(); ++i) {
      source_random_.push_back(std::make_unique<seeded_random>(what.seed + 1 + i));
      sources_.emplace_back(what.requests[i], *source_random_.back());
    }
    pending_.resize(sources_.size());
  }

  report run() {
    for (std::size_t i = 0; i < sources_.size(); ++i) await_arrival(i);
    for (const auto& o : what_.outages) schedule(o.from, {.kind = kind::outage});
    carry_out(policy_.start(time()));
    note_counts();
    for (;;) {
      const bool timer = queue_.empty() || armed_ < queue_.top().at;
      const auto at = timer ? armed_ : queue_.top().at;
      if (at >= what_.length) break;
      pass_time(at);
      if (timer) {
        on_timer();
      } else {
        const auto e = queue_.top();
        queue_.pop();
        on(e);
      }
      note_counts();
    }
    pass_time(what_.length);
    result_.columns = course_.finish();
    const auto length = static_cast<double>(what_.length.count());
    result_.below_target = static_cast<double>(below_target_.count()) / length;
    result_.nothing_ready = static_cast<double>(nothing_ready_.count()) / length;
    return std::move(result_);
  }

 private:
  // ---- time ----

  time_point time() const { return origin + now_; }

  void schedule(duration at, event e) {
    e.at = at;
    e.order = ++scheduled_;
    queue_.push(e);
  }

  void pass_time(duration to) {
    const auto ready = counts_.idle + counts_.retiring;
    if (ready < options_.ensure_idle_session) below_target_ += to - now_;
    if (ready == 0) nothing_ready_ += to - now_;
    now_ = to;
    course_.reach(to);
  }

  void note_counts() {
    const auto counts = policy_.count();
    const auto ready = counts.idle + counts.retiring;
    if (const std::size_t target = options_.ensure_idle_session; target > 0) {
      if (result_.fewest_ready)
        result_.fewest_ready = std::min(*result_.fewest_ready, ready);
      else if (ready >= target)
        result_.fewest_ready = ready;
    }
    result_.most_idle = std::max(result_.most_idle, ready);
    result_.most_active = std::max(result_.most_active, counts.active);
    result_.most_sessions = std::max(result_.most_sessions, ready + counts.active);
    if (counts == counts_ && noted_) return;
    noted_ = true;
    counts_ = counts;
    course_.hold(counts);
    if (listener_) listener_->on_sample({now_, counts});
  }

  // When the driver would call the policy; see session_pool::rearm().
  void rearm() {
    const auto counts = policy_.count();
    auto next = time_point::max();
    if (options_.ensure_idle_session > 0 && !futile_) next = policy_.next_refill(time());
    if (counts.idle + counts.retiring > 0 || options_.ensure_idle_session > 0)
      next = std::min(next, policy_.next_check());
    if (next == time_point::max()) return;
    armed_ = std::min(armed_, std::max(next - origin, now_));
  }

  void on_timer() {
    armed_ = duration::max();
    if (time() >= policy_.next_check()) {
      ++result_.checks;
      futile_ = false;
      const auto before =
          listener_ ? policy_.snapshot(time()) : std::vector<pool::pool_policy::view>{};
      const auto todo = policy_.check(time());
      if (listener_) log_closing(before, todo);
      return carry_out(todo);
    }
    const auto todo = policy_.refill(time());
    // A refill that did nothing would do nothing again at this instant.
    futile_ = todo.empty() && policy_.next_refill(time()) <= time();
    carry_out(todo);
  }

  // ---- the policy's wishes ----

  void carry_out(const pool::pool_actions& actions) {
    for (const auto& action : actions) {
      if (listener_)
        if (const auto line = pool::describe(action, words_); !line.empty())
          listener_->on_log(now_, line);
      if (const auto* close = std::get_if<pool::close_session>(&action)) {
        sessions_.erase(close->seq);
        count_closed(close->reason);
      } else if (const auto* create = std::get_if<pool::create_sessions>(&action)) {
        for (std::size_t i = 0; i < create->count; ++i)
          begin_session({.kind = kind::made_ahead, .other = i + 1});
      }
    }
    rearm();
  }

  void log_closing(const std::vector<pool::pool_policy::view>& before,
                   const pool::pool_actions& todo) {
    for (const auto& action : todo) {
      const auto* close = std::get_if<pool::close_session>(&action);
      if (!close) continue;
      const auto at = std::find_if(before.begin(), before.end(),
                                   [&](const auto& v) { return v.seq == close->seq; });
      if (at == before.end()) continue;
      const auto seconds = [](duration d) { return std::chrono::duration<double>(d).count(); };
      listener_->on_log(
          now_, fmt::format("[AnyTLS] session #{}: idle {:.1f}s, age {:.1f}s, closing: {}", at->seq,
                            seconds(at->idle_for), seconds(at->age), session::name(close->reason)));
    }
  }

  void count_closed(close_reason reason) {
    ++result_.closed[reason];
    auto& e = course_.events();
    ++(reason == close_reason::idle_timeout ? e.closed_idle
       : reason == close_reason::max_age    ? e.closed_age
                                            : e.closed_other);
  }

  // ---- making sessions ----

  // Asks the server; `end` happens when the attempt has ended, either way.
  void begin_session(event end) {
    end.began = now_;
    end.ok = server_.accepts(now_);
    if (end.ok) {
      ++result_.handshakes;
      ++course_.events().handshakes;
      const auto minute = static_cast<std::uint64_t>(now_ / 1min);
      if (minute != minute_) in_minute_ = 0;
      minute_ = minute;
      result_.most_in_a_minute = std::max(result_.most_in_a_minute, ++in_minute_);
    } else {
      ++result_.refused;
      ++course_.events().refused;
    }
    schedule(now_ + (end.ok ? what_.handshake_rtts : 1) * what_.rtt, end);
  }

  bool came_through(const event& e) const { return e.ok && !server_.away_within(e.began, now_); }

  void on_made_ahead(const event& e) {
    if (!came_through(e)) return carry_out(policy_.failed(time(), origin + e.began));
    pool::pool_actions todo;
    const bool asks = policy_.wants_proof();
    const auto seq = policy_.created(time(), origin + e.began, 0, todo);
    ++result_.made_ahead;
    sessions_[seq].heard_at = now_;
    if (listener_) listener_->on_log(now_, pool::describe_created(seq, e.other, words_));
    if (asks) schedule(now_ + what_.rtt, {.kind = kind::answered, .index = seq});
    rest(seq);
    carry_out(todo);
  }

  void on_answered(sequence seq) {
    const auto at = sessions_.find(seq);
    if (at == sessions_.end() || at->second.answered) return;
    at->second.answered = true;
    carry_out(policy_.proved(time(), seq));
  }

  // ---- requests ----

  void await_arrival(std::size_t source) {
    pending_[source] = sources_[source].next();
    if (pending_[source] && pending_[source]->at < what_.length)
      schedule(pending_[source]->at, {.kind = kind::arrival, .index = source});
  }

  void on_arrival(std::size_t source) {
    const auto arrived = *pending_[source];
    for (std::uint32_t i = 0; i < arrived.count; ++i) {
      ++result_.requests;
      ++course_.events().requests;
      const auto takes = arrived.takes ? *arrived.takes
                         : what_.fixed_request_time
                             ? what_.request_time
                             : exponential(what_.request_time, length_random_);
      const auto id = ++last_request_;
      const auto& added = requests_[id] = {now_, takes};
      if (take_for(id, added)) continue;
      ++result_.cold;
      ++course_.events().cold_starts;
      if (listener_) listener_->on_log(now_, "[AnyTLS] no sessions available, opening one");
      schedule(now_ + what_.connect_timeout, {.kind = kind::give_up, .index = id});
      try_for(id);
    }
    await_arrival(source);
  }

  /// True: it has one (alive or not).
  bool take_for(std::uint64_t id, const request_state& r) {
    pool::pool_actions todo;
    tell_heartbeats();
    const auto taken = policy_.take(time(), todo);
    if (taken) {
      const auto seq = taken->seq;
      if (dead(sessions_[seq])) {
        auto& s = sessions_[seq];
        s.active = true;
        ++result_.dead_hits;
        const auto patience = options_.hedge ? std::max<duration>(100ms, 3 * what_.rtt)
                                             : std::max<duration>(3s, 4 * what_.rtt);
        schedule(now_ + patience, {.kind = kind::dead_in_hand, .index = seq, .other = id});
        ++s.epoch;
      } else {
        if (r.came == now_) ++result_.warm;
        serve(id, seq);
      }
    }
    carry_out(todo);
    return taken.has_value();
  }

  /// Heartbeats are no events here: what they have told so far is told when somebody asks.
  void tell_heartbeats() {
    if (options_.heartbeat <= duration{0}) return;
    for (const auto& [seq, s] : sessions_)
      if (!s.active && !dead(s))
        policy_.heard(time() - (now_ - s.heard_at) % options_.heartbeat, seq);
  }

  void serve(std::uint64_t id, sequence seq) {
    auto& s = sessions_[seq];
    const auto& r = requests_[id];
    result_.waited.add(now_ - r.came);
    s.active = true;
    ++s.epoch;
    s.heard_at = now_;
    if (!s.answered) schedule(now_ + what_.rtt, {.kind = kind::answered, .index = seq});
    schedule(now_ + r.takes, {.kind = kind::done, .index = seq, .other = s.epoch});
    requests_.erase(id);
  }

  void try_for(std::uint64_t id) {
    requests_[id].trying = true;
    begin_session({.kind = kind::made, .index = id});
  }

  void on_made(const event& e) {
    const auto at = requests_.find(e.index);
    // The request has gone; what was being made for it went to the pool (give_up).
    if (at == requests_.end()) return on_made_ahead(e);
    if (came_through(e)) {
      const auto seq = policy_.opened(time(), 0);
      ++result_.made_for_request;
      serve(e.index, seq);
      return rearm();
    }
    at->second.trying = false;
    waiting_.push_back(e.index);
    if (!attempt_scheduled_) schedule(now_ + between_attempts, {.kind = kind::attempt});
    attempt_scheduled_ = true;
  }

  void on_attempt() {
    attempt_scheduled_ = false;
    std::sort(waiting_.begin(), waiting_.end());  // oldest first
    while (!waiting_.empty()) {
      const auto at = requests_.find(waiting_.front());
      if (at == requests_.end() || take_for(at->first, at->second)) {
        waiting_.pop_front();
        continue;
      }
      try_for(waiting_.front());
      waiting_.pop_front();
      break;
    }
    if (waiting_.empty()) return;
    schedule(now_ + between_attempts, {.kind = kind::attempt});
    attempt_scheduled_ = true;
  }

  void on_give_up(std::uint64_t id) {
    const auto at = requests_.find(id);
    if (at == requests_.end()) return;
    if (at->second.trying) policy_.adopted();
    requests_.erase(at);
    ++result_.failed;
    ++course_.events().failed;
  }

  // ---- what becomes of sessions ----

  bool dead(const session_state& s) const {
    if (what_.nat_timeout <= duration{0} || now_ - s.heard_at <= what_.nat_timeout) return false;
    return options_.heartbeat <= duration{0} || options_.heartbeat > what_.nat_timeout;
  }

  // It is idle from now on.
  void rest(sequence seq) {
    auto& s = sessions_[seq];
    s.active = false;
    s.heard_at = now_;
    ++s.epoch;
    if (what_.server_idle_close > duration{0})
      schedule(now_ + what_.server_idle_close,
               {.kind = kind::closed_by_server, .index = seq, .other = s.epoch});
    if (what_.nat_timeout > duration{0} && options_.heartbeat > what_.nat_timeout) {
      const session::heartbeat_options h{options_.heartbeat, options_.heartbeat_timeout};
      schedule(now_ + h.interval + h.deadline(what_.rtt),
               {.kind = kind::found_dead, .index = seq, .other = s.epoch});
    }
  }

  void on_done(const event& e) {
    const auto at = sessions_.find(e.index);
    if (at == sessions_.end() || at->second.epoch != e.other) return;
    auto todo = policy_.returned(time(), e.index, false, time());
    rest(e.index);  // the actions may close it
    carry_out(todo);
  }

  void lose(sequence seq, close_reason reason) {
    sessions_.erase(seq);
    count_closed(reason);
    if (listener_)
      listener_->on_log(now_,
                        fmt::format("[AnyTLS] session #{} closed: {}", seq, session::name(reason)));
    carry_out(policy_.lost(time(), seq));
  }

  void lose_idle(const event& e, close_reason reason) {
    const auto at = sessions_.find(e.index);
    if (at != sessions_.end() && !at->second.active && at->second.epoch == e.other)
      lose(e.index, reason);
  }

  void on_outage() {
    std::vector<sequence> all;
    for (const auto& [seq, s] : sessions_) {
      all.push_back(seq);
      if (s.active) {
        ++result_.cut_off;
        ++course_.events().failed;
      }
    }
    std::sort(all.begin(), all.end());
    for (const auto seq : all) lose(seq, close_reason::io_error);
  }

  void on_dead_in_hand(const event& e) {
    if (sessions_.contains(e.index)) lose(e.index, close_reason::stream_timeout);
    if (!requests_.contains(e.other)) return;
    schedule(now_ + what_.connect_timeout, {.kind = kind::give_up, .index = e.other});
    try_for(e.other);
  }

  void on(const event& e) {
    futile_ = false;
    switch (e.kind) {
      case kind::arrival:
        return on_arrival(e.index);
      case kind::made_ahead:
        return on_made_ahead(e);
      case kind::made:
        return on_made(e);
      case kind::answered:
        return on_answered(e.index);
      case kind::done:
        return on_done(e);
      case kind::closed_by_server:
        return lose_idle(e, close_reason::peer_closed);
      case kind::found_dead:
        return lose_idle(e, close_reason::heartbeat_timeout);
      case kind::dead_in_hand:
        return on_dead_in_hand(e);
      case kind::outage:
        return on_outage();
      case kind::attempt:
        return on_attempt();
      case kind::give_up:
        return on_give_up(e.index);
    }
  }

  const pool::pool_options& options_;
  const scenario& what_;
  observer* const listener_;
  const pool::log_words words_;
  server_model server_;
  seeded_random policy_random_;
  seeded_random length_random_;
  std::vector<std::unique_ptr<seeded_random>> source_random_;
  std::vector<arrivals> sources_;
  std::vector<std::optional<arrival>> pending_;  // the next one of each source
  pool::pool_policy policy_;

  std::priority_queue<event, std::vector<event>, std::greater<>> queue_;
  std::uint64_t scheduled_ = 0;
  duration now_{0};
  duration armed_ = duration::max();  // when the driver's timer fires
  bool futile_ = false;

  std::unordered_map<sequence, session_state> sessions_;
  std::unordered_map<std::uint64_t, request_state> requests_;  // that have no session yet
  std::uint64_t last_request_ = 0;
  std::deque<std::uint64_t> waiting_;  // requests between two attempts
  bool attempt_scheduled_ = false;

  report result_;
  course course_;
  pool::pool_policy::counts counts_;
  bool noted_ = false;
  duration below_target_{0};
  duration nothing_ready_{0};
  std::uint64_t minute_ = 0;
  std::uint64_t in_minute_ = 0;
};

}  // namespace

std::optional<std::string> objection(const pool::pool_options& options, const scenario& what) {
  if (what.length <= duration{0}) return "nothing happens in no time: simulate longer";
  if (what.rtt <= duration{0}) return "the round trip time must be more than 0";
  if (what.handshake_rtts * what.rtt > what.connect_timeout)
    return fmt::format("no session could be made: {} round trips take longer than connect_timeout",
                       what.handshake_rtts);
  double events =
      static_cast<double>(what.length.count()) /
      static_cast<double>(std::max<std::int64_t>(options.idle_session_check_interval.count(), 1));
  for (const auto& source : what.requests) events += 3 * expected_requests(source, what.length);
  if (events > most_events)
    return fmt::format(
        "that is about {:.0f} million events; 100 million at most: simulate less time or fewer "
        "requests",
        events / 1e6);
  return std::nullopt;
}

report run(const pool::pool_options& options, const scenario& what, observer* listener,
           pool::log_words words) {
  return simulation(options, what, listener, words).run();
}

}  // namespace anytls::simulate
