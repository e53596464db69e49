#pragma once
// What is simulated: how long, which requests, which server. Plain values.

#include "base/clock.h"
#include "simulate/traffic.h"

#include <cstdint>
#include <vector>

namespace anytls::simulate {

/// The server is away: new connections are refused after one RTT, and the sessions that existed
/// break at its begin.
struct outage {
  duration from{0};
  duration length{0};
};

struct scenario {
  duration length = 6h;
  std::vector<traffic> requests;
  duration request_time = 3s;       ///< how long a request keeps its session
  bool fixed_request_time = false;  ///< false: exponential with that mean
  std::vector<outage> outages;
  duration rtt = 50ms;
  /// Round trips until a new session can carry a request: TCP and TLS 1.3. The server's first
  /// answer takes one more.
  std::uint32_t handshake_rtts = 2;
  duration connect_timeout = 5s;  ///< a request without a session gives up after this
  duration server_idle_close{
      0};              ///< the server closes what has carried no stream for this long; 0 = never
  rate server_rate{};  ///< it accepts so many connections in any period of that length; 0 = all
  duration nat_timeout{
      0};  ///< something between forgets connections silent for this long; 0 = never
  std::uint64_t seed = 1;
  std::size_t columns = 300;  ///< of the report's course
};

/// "2h+5m".
parsed<outage> parse_outage(std::string_view text, duration_reader read);

}  // namespace anytls::simulate
