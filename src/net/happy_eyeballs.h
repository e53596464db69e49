#pragma once
// Connects to the first of several endpoints that answers (RFC 8305). The decisions lie in
// connect_race.h.

#include "base/asio.h"
#include "base/result.h"
#include "net/network_namespace.h"
#include "net/socket_setup.h"

#include <memory>
#include <vector>

namespace anytls::net {

inline constexpr duration connection_attempt_delay =
    250ms;  ///< RFC 8305 section 5, recommended value

struct connect_options {
  duration attempt_delay = connection_attempt_delay;
  std::shared_ptr<const socket_setup> setup;         ///< null = nothing is asked for
  std::shared_ptr<namespace_sockets> network_space;  ///< null = our own network namespace
};

/// Endpoints in the order in which they are to be tried. The losers are closed before this returns.
/// The socket has set_stream_options(). Errors: the most telling error of the system,
/// errc::connect_timeout at the deadline (a refusal that was seen before is reported instead),
/// errc::no_address where there is nothing to try, what set_up_to_connect() says.
///
/// With `fast_open` and a cookie for an endpoint that endpoint wins without a packet: see
/// awaits_first_data(). Its SYN then has half of the time that is left until the deadline
/// (TCP_USER_TIMEOUT, which the caller lifts when it is connected).
task<result<tcp_socket>> connect_first(asio::io_context& context,
                                       std::vector<tcp::endpoint> endpoints, time_point deadline,
                                       connect_options options = {});

}  // namespace anytls::net
