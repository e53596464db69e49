#pragma once
// When requests come. Pure: texts in, arrivals out, in order of time and the same for the same
// seed.
//
//   steady:2/s       evenly: 2 a second, the first after half a second
//   random:2/s       the same on average, each independent of the others (Poisson)
//   bursts:20/10m    20 at once every 10 minutes, the first after 10 minutes
//   a CSV text       first line `seconds,count`: so many at once at that second; or
//                    first line `time,duration`: one request that keeps its session for so long
//
// In the CSV forms a number without a unit is seconds (decimals allowed) and `1h30m` works too;
// empty lines and lines that begin with # do not count. Lines may come in any order.

#include "base/clock.h"
#include "base/random.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace anytls::simulate {

/// How durations are written ("1h30m"): the configuration knows. Nothing = no duration.
using duration_reader = std::optional<duration> (*)(std::string_view text);

/// `count` every `period`. "2/s", "0.5/s", "10/min", "20/10m".
struct rate {
  double count = 0;
  duration period{0};
};

struct arrival {
  duration at{0};
  std::uint32_t count = 1;  ///< so many at once
  std::optional<duration>
      takes{};  ///< how long each keeps its session; empty = as the scenario says
  bool operator==(const arrival&) const = default;
};

struct steady_traffic {
  rate every;
};
struct random_traffic {
  rate average;
};
struct burst_traffic {
  std::uint32_t count;
  duration period;
};
struct listed_traffic {
  std::vector<arrival> arrivals;
};  ///< in order of time

using traffic = std::variant<steady_traffic, random_traffic, burst_traffic, listed_traffic>;

/// A value, or the sentence that says what is wrong with the text.
template <typename T>
struct parsed {
  std::optional<T> value;
  std::string wrong;
};

parsed<rate> parse_rate(std::string_view text, duration_reader read);

/// steady:, random: or bursts:. Nothing at all (no value, nothing wrong) where the text begins with
/// none of them.
parsed<traffic> parse_traffic(std::string_view text, duration_reader read);

/// `name` appears in messages only: "traffic.csv: line 3: ...".
parsed<traffic> parse_traffic_csv(std::string_view name, std::string_view text,
                                  duration_reader read);

/// How many requests come within `length`, about (exactly, but for random traffic).
double expected_requests(const traffic& from, duration length);

/// Arrivals of one source, one after the other.
class arrivals {
 public:
  arrivals(const traffic& from, random_source& random) : from_(from), random_(random) {}
  /// Nothing = no more will come.
  std::optional<arrival> next();

 private:
  const traffic& from_;
  random_source& random_;
  std::uint64_t index_ = 0;
  duration last_{0};
};

/// Uniform in (0, 1].
double uniform(random_source& random);
/// Exponential with this mean.
duration exponential(duration mean, random_source& random);

}  // namespace anytls::simulate
