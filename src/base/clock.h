#pragma once
// Time as the pure cores know it: points and lengths are handed in, nobody here asks what time it
// is.

#include <chrono>

namespace anytls {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

}  // namespace anytls
