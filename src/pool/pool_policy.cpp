#include "pool/pool_policy.h"

#include <algorithm>
#include <limits>

namespace anytls::pool {

using session::close_reason;

// ---------------------------------------------------------------- bookkeeping

std::vector<pool_policy::entry>::iterator pool_policy::find(sequence seq) {
  auto at = std::lower_bound(sessions_.begin(), sessions_.end(), seq,
                             [](const entry& e, sequence s) { return e.seq < s; });
  return at != sessions_.end() && at->seq == seq ? at : sessions_.end();
}

pool_policy::entry& pool_policy::add(time_point now, time_point began, std::size_t place,
                                     state status) {
  auto expires_at = time_point::max();
  if (const auto max = options_.max_connection_lifetime; max > duration{0}) {
    // Drawn once per session from a real random source: peers compute it from the sequence number,
    // and all sessions made together die together. Saturating: options are durations of any length.
    const auto jitter =
        std::min<duration>(options_.connection_lifetime_jitter, duration::max() / 4);
    const auto drawn = duration(random_.between(0, 2 * static_cast<std::uint64_t>(jitter.count())));
    const auto own =
        std::max<duration>(1s, std::min<duration>(max, duration::max() / 4) - jitter + drawn);
    expires_at = after(now, own);
  }
  entry e{};
  e.seq = next_++;
  e.place = place;
  e.began = began;
  e.created_at = e.idle_since = e.heard_at = now;
  e.expires_at = expires_at;
  e.status = status;
  sessions_.push_back(e);
  if (status == state::idle) ++idle_;
  return sessions_.back();
}

// Marks only: references stay good until forget_gone().
void pool_policy::close(entry& which, close_reason reason, pool_actions& out) {
  if (which.status == state::idle) --idle_;
  if (which.status == state::retiring) --retiring_;
  which.status = state::gone;
  out.push_back(close_session{which.seq, which.place, reason});
}

void pool_policy::forget_gone() {
  std::erase_if(sessions_, [](const entry& e) { return e.status == state::gone; });
}

// A replacement that the server takes back a moment later (a changed password shows only after the
// handshake) must not have cost a working session: it counts once it has been answered, or has
// lived a little.
bool pool_policy::has_shown(const entry& e, time_point now) const noexcept {
  return e.proven || !e.ahead || now - e.created_at >= replacement_patience();
}

std::size_t pool_policy::unshown(time_point now) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [&](const entry& e) { return e.status == state::idle && !has_shown(e, now); }));
}

void pool_policy::close_surplus_retiring(time_point now, pool_actions& out) {
  const std::size_t target = options_.ensure_idle_session;
  if (retiring_ == 0 || idle_ + retiring_ <= target) return;
  const auto shown = idle_ - unshown(now);
  for (auto& e : sessions_) {
    if (retiring_ == 0 || shown + retiring_ <= target) break;
    if (e.status == state::retiring) close(e, e.due, out);
  }
  forget_gone();
}

// ---------------------------------------------------------------- creating ahead of use

std::size_t pool_policy::deficit() const noexcept {
  const std::size_t target = shut_down_ ? 0 : options_.ensure_idle_session;
  return target > idle_ + connecting_ ? target - idle_ - connecting_ : 0;
}

// What may be asked for now: without refill_immediately only what the last check found missing.
std::size_t pool_policy::wanted() const noexcept {
  return options_.refill_immediately ? deficit() : std::min(deficit(), owed_);
}

// An attempt whose outcome is not known yet. Those from before the last failure say nothing new.
bool pool_policy::is_attempt(const entry& e) const noexcept {
  return e.ahead && !e.proven && back_off_.since_last_failure(e.created_at);
}

bool pool_policy::waits_for_proof() const noexcept {
  return connecting_ > 0 || std::any_of(sessions_.begin(), sessions_.end(),
                                        [this](const entry& e) { return is_attempt(e); });
}

// The bound that the cycle's rate, the back-off and the handshakes in flight leave.
std::size_t pool_policy::may_create(time_point now) const noexcept {
  if (shut_down_ || now < back_off_.not_before()) return 0;
  const std::size_t rate = options_.ensure_idle_session_create_rate;
  std::size_t most = max_in_flight - std::min(max_in_flight, connecting_);
  if (rate != 0) most = std::min(most, rate - std::min(rate, created_in_cycle_));
  // One at a time while nobody knows whether the server takes us: a wrong password shows once, not
  // twenty times.
  if (scouting_ || back_off_.backing_off())
    most = std::min<std::size_t>(most, waits_for_proof() ? 0 : 1);
  return most;
}

void pool_policy::create(std::size_t count, pool_actions& out) {
  connecting_ += count;
  created_in_cycle_ += count;
  out.push_back(create_sessions{count});
}

void pool_policy::ensure(time_point now, pool_actions& out) {
  const auto count = std::min(wanted(), may_create(now));
  if (count == 0) return;
  owed_ -= std::min(owed_, count);
  out.push_back(maintenance{idle_, options_.ensure_idle_session, count});
  create(count, out);
}

pool_actions pool_policy::start(time_point now) {
  pool_actions out;
  cycle_began_ = now;
  created_in_cycle_ = 0;
  scouting_ = options_.ensure_idle_session > 0;
  owed_ = deficit();
  ensure(now, out);
  return out;
}

sequence pool_policy::created(time_point now, time_point began, std::size_t place,
                              pool_actions& out) {
  --connecting_;
  auto& made = add(now, began, place, state::idle);
  const auto seq = made.seq;
  made.ahead = true;
  if (scouting_ && scout_until_ == time_point{}) scout_until_ = now + scout_patience;
  if (shut_down_) {
    close(made, close_reason::shutdown, out);
    forget_gone();
    return seq;
  }
  close_surplus_retiring(now, out);
  ensure(now, out);  // what the limit of handshakes in flight held back
  return seq;
}

pool_actions pool_policy::failed(time_point now, time_point began) {
  pool_actions out;
  --connecting_;
  if (shut_down_) return out;
  ++owed_;
  if (back_off_.failed(now, began, random_)) out.push_back(backing_off{back_off_.failures()});
  return out;
}

pool_actions pool_policy::proved(time_point now, sequence seq) {
  pool_actions out;
  auto at = find(seq);
  if (at == sessions_.end()) return out;
  succeeded(*at);
  close_surplus_retiring(now, out);
  ensure(now, out);
  return out;
}

void pool_policy::succeeded(entry& made) {
  if (made.proven) return;
  made.proven = true;
  scouting_ = false;
  back_off_.succeeded(made.created_at);
}

// What time alone decides.
void pool_policy::look_at_clock(time_point now, pool_actions& out) {
  for (auto& e : sessions_)
    if (!e.proven && now - e.created_at >= proof_by_age) succeeded(e);
  if (scouting_ && connecting_ == 0 && scout_until_ != time_point{} && now >= scout_until_ &&
      !back_off_.backing_off())
    scouting_ = false;
  close_surplus_retiring(now, out);
}

// ---------------------------------------------------------------- sessions for requests

sequence pool_policy::opened(time_point now, std::size_t place) {
  auto& made = add(now, now, place, state::active);
  made.used = true;
  return made.seq;
}

std::optional<pool_policy::handed_out> pool_policy::take(time_point now, pool_actions& out,
                                                         const wish& what) {
  struct choice {
    entry* newest = nullptr;
    entry* aged = nullptr;  // the oldest at or over its lifetime
    entry* best() const noexcept { return aged ? aged : newest; }
  } trusted, stale;
  for (auto at = sessions_.rbegin(); at != sessions_.rend(); ++at) {
    // A draining one may stand behind a target that does not read: its server would not see the
    // next SYN.
    if (at->status == state::active || at->draining || at->doubted) continue;
    if (what.only && at->place != *what.only) continue;
    auto& kind = fresh(at->heard_at, now) ? trusted : stale;
    if (over_age(*at, now)) {
      kind.aged = &*at;
    } else if (!kind.newest) {
      kind.newest = &*at;
      if (&kind == &trusted && options_.max_connection_lifetime == duration{0})
        break;  // none can be over age
    }
  }
  entry* chosen = trusted.best();
  if (!chosen && !what.fresh) chosen = stale.best();
  if (!chosen) return std::nullopt;
  if (chosen->status == state::idle) --idle_;
  if (chosen->status == state::retiring) --retiring_;
  chosen->status = state::active;
  const handed_out result{chosen->seq, chosen->place, fresh(chosen->heard_at, now)};
  if (options_.refill_immediately) ensure(now, out);
  return result;
}

pool_actions pool_policy::returned(time_point now, sequence seq, bool draining,
                                   time_point heard_at) {
  pool_actions out;
  auto at = find(seq);
  if (at == sessions_.end() || at->status != state::active) return out;
  at->used = true;
  at->draining = draining;
  at->heard_at = std::max(at->heard_at, heard_at);
  if (over_age(*at, now) || options_.disable_reuse || shut_down_) {
    close(*at, over_age(*at, now) ? close_reason::max_age : close_reason::shutdown, out);
    forget_gone();
    return out;
  }
  at->idle_since = now;
  join_idle(*at, now, out);
  return out;
}

// It never carried a stream, or not one more: for the idle check nothing has happened.
pool_actions pool_policy::put_back_unused(time_point now, sequence seq) {
  pool_actions out;
  auto at = find(seq);
  if (at == sessions_.end() || at->status != state::active) return out;
  if (shut_down_) {
    close(*at, close_reason::shutdown, out);
    forget_gone();
    return out;
  }
  join_idle(*at, now, out);
  return out;
}

void pool_policy::join_idle(entry& which, time_point now, pool_actions& out) {
  which.status = state::idle;
  ++idle_;
  close_surplus_retiring(now, out);
}

void pool_policy::heard(time_point now, sequence seq) {
  const auto at = find(seq);
  if (at == sessions_.end()) return;
  at->heard_at = now;
  at->doubted = false;
}

void pool_policy::doubt(time_point now, sequence seq) {
  distrust(now);
  if (auto at = find(seq); at != sessions_.end()) at->doubted = true;
}

pool_actions pool_policy::network_changed(time_point now, bool probe) {
  pool_actions out;
  if (shut_down_) return out;
  distrust(now);
  if (probe) return out;
  std::vector<due_session> due;
  for (auto& e : sessions_)
    if (e.status == state::idle) due.push_back({&e, close_reason::network_change});
  if (!due.empty()) close_or_renew(due, now, out);
  return out;
}

void pool_policy::drained(sequence seq) {
  if (auto at = find(seq); at != sessions_.end()) at->draining = false;
}

pool_actions pool_policy::lost(time_point now, sequence seq) {
  pool_actions out;
  auto at = find(seq);
  if (at == sessions_.end()) return out;
  const entry gone = *at;
  if (gone.status == state::idle) --idle_;
  if (gone.status == state::retiring) --retiring_;
  sessions_.erase(at);
  if (shut_down_) return out;
  const auto age = now - gone.created_at;
  const auto interval = options_.idle_session_check_interval;
  if (gone.ahead && !gone.proven && age < proof_by_age) {
    ++owed_;
    if (back_off_.failed(now, gone.began, random_))
      out.push_back(backing_off{back_off_.failures()});
  } else if (!gone.used && gone.status != state::active && age < interval) {
    back_off_.closed_unused(now, gone.began, interval);
  }
  if (options_.refill_immediately) ensure(now, out);
  return out;
}

// ---------------------------------------------------------------- the cycle

// What the two checks want gone, oldest first.
std::vector<pool_policy::due_session> pool_policy::find_due(time_point now) {
  std::vector<due_session> due;

  // 1. Idle check, newest first: the newest min_idle_session are kept, and the clock of a kept one
  // restarts.
  std::size_t kept = 0;
  for (auto e = sessions_.rbegin(); e != sessions_.rend(); ++e) {
    if (e->status != state::idle) continue;
    if (now - e->idle_since > options_.idle_session_timeout) {
      if (kept >= options_.min_idle_session) {
        due.push_back({&*e, close_reason::idle_timeout});
        continue;
      }
      e->idle_since = now;
    }
    ++kept;
  }
  std::reverse(due.begin(), due.end());

  // 2. Age check of what is left, oldest first, while more than min_idle_session_for_age idle ones
  // remain.
  std::vector<due_session> aged;
  auto already = due.begin();
  for (auto& e : sessions_) {
    if (e.status != state::idle) continue;
    if (already != due.end() && already->which == &e) {
      ++already;
      continue;
    }
    if (e.old_scheme && !e.used)
      aged.push_back({&e, close_reason::padding_changed});
    else if (over_age(e, now) && kept > options_.protected_for_age())
      aged.push_back({&e, close_reason::max_age});
    else
      continue;
    --kept;
  }

  std::vector<due_session> all;
  std::merge(
      due.begin(), due.end(), aged.begin(), aged.end(), std::back_inserter(all),
      [](const due_session& a, const due_session& b) { return a.which->seq < b.which->seq; });
  return all;
}

// Closed while idle alone exceeds the target. The rest, which ensure would only make again, is
// renewed: it stays until its replacement is there, and the replacement is paid from the rate that
// the deficit has left.
void pool_policy::close_or_renew(const std::vector<due_session>& due, time_point now,
                                 pool_actions& out) {
  const auto found = idle_;
  const std::size_t target = options_.ensure_idle_session;
  pool_actions closing;
  auto next = due.begin();
  for (; next != due.end() && (idle_ > target || !options_.make_before_break); ++next)
    close(*next->which, next->reason, closing);

  // While creations fail this is at most the one attempt of its step, and what retires stays until
  // it has succeeded.
  const auto most = may_create(now);
  const auto missing = std::min(wanted(), most);
  auto creating = missing;
  for (; next != due.end() && retiring_ < target; ++next) {
    // One that is being made already, beyond the target, is a replacement too.
    if (idle_ + connecting_ + creating <= target) {
      if (creating == most) break;
      ++creating;
    }
    next->which->status = state::retiring;
    next->which->due = next->reason;
    --idle_;
    ++retiring_;
  }

  const auto going = [&](close_reason why) {
    return static_cast<std::size_t>(
        std::count_if(due.begin(), next, [&](const auto& d) { return d.reason == why; }));
  };
  const auto by_idle = going(close_reason::idle_timeout), by_age = going(close_reason::max_age);
  if (by_idle > 0) out.push_back(idle_cleanup{found, by_idle, found - by_idle});
  if (by_age > 0) out.push_back(age_cleanup{by_age, found - by_idle - by_age});
  out.insert(out.end(), closing.begin(), closing.end());
  if (creating > 0) {
    owed_ -= std::min(owed_, missing);
    out.push_back(maintenance{idle_, target, creating});
    create(creating, out);
  }
  forget_gone();
}

pool_actions pool_policy::check(time_point now) {
  pool_actions out;
  if (shut_down_) return out;
  cycle_began_ = now;
  created_in_cycle_ = 0;
  look_at_clock(now, out);
  const auto due = find_due(now);
  owed_ = std::numeric_limits<std::size_t>::max();  // step 3 looks at what the checks have left
  close_or_renew(due, now, out);
  owed_ = deficit();
  return out;
}

pool_actions pool_policy::refill(time_point now) {
  pool_actions out;
  look_at_clock(now, out);
  ensure(now, out);
  return out;
}

time_point pool_policy::next_refill(time_point now) const noexcept {
  auto next = time_point::max();
  const auto sooner = [&](time_point at) { next = std::min(next, std::max(now, at)); };
  if (retiring_ > 0 && idle_ + retiring_ > options_.ensure_idle_session) {
    if (idle_ - unshown(now) + retiring_ > options_.ensure_idle_session) return now;
    for (const auto& e : sessions_)
      if (e.status == state::idle && !has_shown(e, now))
        sooner(e.created_at + replacement_patience());
  }

  const std::size_t rate = options_.ensure_idle_session_create_rate;
  if (wanted() == 0 || (rate != 0 && created_in_cycle_ >= rate)) return next;
  if (may_create(now) > 0) return now;
  if (const auto at = back_off_.not_before(); at > now) sooner(at);
  if (scouting_ && !back_off_.backing_off() && connecting_ == 0 && scout_until_ != time_point{})
    sooner(scout_until_);
  if (scouting_ || back_off_.backing_off())
    for (const auto& e : sessions_)
      if (!e.proven && back_off_.since_last_failure(e.created_at))
        sooner(e.created_at + proof_by_age);
  return next;
}

pool_actions pool_policy::scheme_changed(time_point now) {
  pool_actions out;
  // Two backends behind one name may have different schemes: without this bound they would make the
  // pool churn.
  if (scheme_renewed_at_ && now - *scheme_renewed_at_ < scheme_renewal_interval) return out;
  // Without a target nobody would make them again, and an old scheme is better than a cold start.
  if (options_.ensure_idle_session == 0 || shut_down_) return out;
  scheme_renewed_at_ = now;
  std::vector<due_session> due;
  for (auto& e : sessions_) {
    if (e.used) continue;
    e.old_scheme = true;
    if (e.status == state::idle) due.push_back({&e, close_reason::padding_changed});
  }
  close_or_renew(due, now, out);
  return out;
}

pool_actions pool_policy::shut_down() {
  pool_actions out;
  shut_down_ = true;
  for (auto& e : sessions_)
    if (e.status != state::active) close(e, close_reason::shutdown, out);
  forget_gone();
  return out;
}

// ---------------------------------------------------------------- views

pool_policy::counts pool_policy::count() const noexcept {
  return {idle_, retiring_, sessions_.size() - idle_ - retiring_, connecting_};
}

std::vector<pool_policy::view> pool_policy::snapshot(time_point now) const {
  std::vector<view> out;
  out.reserve(sessions_.size());
  for (const auto& e : sessions_) {
    const bool idle = e.status != state::active;
    const auto idle_for = idle ? now - e.idle_since : duration{0};
    out.push_back({e.seq, idle_for, now - e.created_at, idle, e.status == state::retiring});
  }
  return out;
}

}  // namespace anytls::pool
