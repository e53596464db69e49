#pragma once
// The modelled server: when it is there, and whether it takes one more connection.

#include "simulate/scenario.h"

#include <deque>

namespace anytls::simulate {

class server_model {
 public:
  explicit server_model(const scenario& what) : outages_(what.outages), rate_(what.server_rate) {}

  bool away(duration now) const {
    for (const auto& o : outages_)
      if (now >= o.from && now - o.from < o.length) return true;
    return false;
  }

  /// It was away at some time of [from, to].
  bool away_within(duration from, duration to) const {
    for (const auto& o : outages_)
      if (o.from <= to && from - o.from < o.length) return true;
    return false;
  }

  /// A connection arrives. Counted if it is taken.
  bool accepts(duration now) {
    if (away(now)) return false;
    if (rate_.period <= duration{0}) return true;
    while (!accepted_.empty() && now - accepted_.front() >= rate_.period) accepted_.pop_front();
    if (static_cast<double>(accepted_.size()) + 1 > rate_.count) return false;
    accepted_.push_back(now);
    return true;
  }

 private:
  const std::vector<outage>& outages_;
  const rate rate_;
  std::deque<duration> accepted_;  // within one period
};

}  // namespace anytls::simulate
