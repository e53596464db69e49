#pragma once
// Times as people read them, in tables and on axes.

#include "base/clock.h"

#include <string>
#include <vector>

namespace anytls::simulate {

/// About three digits: "160 ms", "2.5 s", "90 s", "5 min", "2 h".
std::string in_words(duration d);

struct tick {
  duration at{0};
  std::string label;  ///< "0", "30m", "2h"
};

/// Where an axis of this length has its labels: round times, `most` steps at most (2 at least).
std::vector<tick> axis(duration length, std::size_t most);

}  // namespace anytls::simulate
