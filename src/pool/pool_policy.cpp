#include "pool/pool_policy.h"

#include <algorithm>

namespace anytls::pool {

std::vector<pool_policy::entry>::iterator pool_policy::find(sequence seq) {
  auto at = std::lower_bound(sessions_.begin(), sessions_.end(), seq,
                             [](const entry& e, sequence s) { return e.seq < s; });
  return at != sessions_.end() && at->seq == seq ? at : sessions_.end();
}

sequence pool_policy::opened(time_point now, std::size_t place) {
  sessions_.push_back({next_, place, now, now, false, false});
  return next_++;
}

std::optional<pool_policy::handed_out> pool_policy::take(std::optional<std::size_t> only) {
  entry* best = nullptr;
  for (auto at = sessions_.rbegin(); at != sessions_.rend(); ++at) {
    if (!at->idle || (only && at->place != *only)) continue;
    if (!at->draining) {
      best = &*at;
      break;
    }
    if (!best) best = &*at;
  }
  if (!best) return std::nullopt;
  best->idle = false;
  return handed_out{best->seq, best->place};
}

pool_policy::verdict pool_policy::returned(time_point now, sequence seq, bool draining) {
  auto at = find(seq);
  if (at == sessions_.end()) return verdict::close;
  if (options_.disable_reuse) {
    sessions_.erase(at);
    return verdict::close;
  }
  at->idle = true;
  at->idle_since = now;
  at->draining = draining;
  return verdict::keep;
}

void pool_policy::drained(sequence seq) {
  if (auto at = find(seq); at != sessions_.end()) at->draining = false;
}

void pool_policy::lost(sequence seq) {
  if (auto at = find(seq); at != sessions_.end()) sessions_.erase(at);
}

std::vector<close_session> pool_policy::check(time_point now) {
  std::vector<close_session> out;
  std::size_t kept = 0;
  for (auto at = sessions_.rbegin(); at != sessions_.rend(); ++at) {
    if (!at->idle) continue;
    if (now - at->idle_since > options_.idle_session_timeout) {
      if (kept >= options_.min_idle_session) {
        out.push_back({at->seq, at->place, session::close_reason::idle_timeout});
        continue;
      }
      at->idle_since = now;
    }
    ++kept;
  }
  std::reverse(out.begin(), out.end());  // oldest first
  for (const auto& gone : out) lost(gone.seq);
  return out;
}

std::size_t pool_policy::idle() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const entry& e) { return e.idle; }));
}

}  // namespace anytls::pool
