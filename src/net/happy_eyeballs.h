#pragma once
// Connects to the first of several endpoints that answers (RFC 8305). The decisions lie in
// connect_race.h.

#include "base/asio.h"
#include "base/result.h"

#include <vector>

namespace anytls::net {

inline constexpr duration connection_attempt_delay =
    250ms;  ///< RFC 8305 section 5, recommended value

/// Endpoints in the order in which they are to be tried. The losers are closed before this returns.
/// The socket has set_stream_options(). Errors: the most telling error of the system,
/// errc::connect_timeout at the deadline (a refusal that was seen before is reported instead),
/// errc::no_address where there is nothing to try.
task<result<tcp_socket>> connect_first(asio::io_context& context,
                                       std::vector<tcp::endpoint> endpoints, time_point deadline,
                                       duration attempt_delay = connection_attempt_delay);

}  // namespace anytls::net
