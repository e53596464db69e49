#pragma once
// Asks the system, before anything depends on it, whether sockets can be set up as wished.

#include "net/socket_setup.h"

#include <string>
#include <vector>

namespace anytls::net {

struct probe_result {
  error_code refused;                 ///< what set_up_to_connect() would say now
  std::vector<std::string> warnings;  ///< what will quietly not happen, and what to change
};

/// Makes a socket of each family that the setup speaks of, and closes it. Blocks for a moment where
/// a namespace is to be entered: for starting up.
probe_result probe_outbound(const socket_setup& setup);

/// The warnings alone: listening itself says what is refused.
probe_result probe_inbound(const socket_setup& setup);

}  // namespace anytls::net
