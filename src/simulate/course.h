#pragma once
// How a simulation went over time: its length cut into equal columns, each with what was there and
// what happened.

#include "pool/pool_policy.h"

#include <cstdint>
#include <vector>

namespace anytls::simulate {

/// What is counted where it happens.
struct happenings {
  std::uint64_t requests = 0;
  std::uint64_t cold_starts = 0;   ///< requests that no warm session was there for
  std::uint64_t failed = 0;        ///< requests given up, or cut off with their session
  std::uint64_t handshakes = 0;    ///< TLS handshakes that reached the server
  std::uint64_t refused = 0;       ///< attempts that the server did not take
  std::uint64_t closed_idle = 0;   ///< idle_timeout
  std::uint64_t closed_age = 0;    ///< max_age
  std::uint64_t closed_other = 0;  ///< everything else

  happenings& operator+=(const happenings& other);
};

struct span_of {
  std::size_t least = 0;
  std::size_t most = 0;
  double mean = 0;  ///< over time
};

struct column {
  span_of ready;  ///< idle + retiring: what can be handed out
  span_of active;
  span_of connecting;
  happenings events;
};

class course {
 public:
  course(duration length, std::size_t columns);

  /// Time passes: what was there until now goes into its columns. `to` never goes back.
  void reach(duration to);
  /// These counts hold from here on.
  void hold(const pool::pool_policy::counts& counts);
  /// Where to count what happens here.
  happenings& events() noexcept { return columns_[index_].events; }
  /// To the end.
  std::vector<column> finish();

 private:
  void begin_column();
  duration begin_of(std::size_t index) const;

  const duration length_;
  std::vector<column> columns_;
  std::size_t index_ = 0;
  duration at_{0};
  pool::pool_policy::counts present_;
};

/// The same course with fewer columns; `count` divides theirs.
std::vector<column> merge_columns(const std::vector<column>& from, std::size_t count);

}  // namespace anytls::simulate
