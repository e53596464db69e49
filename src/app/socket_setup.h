#pragma once
// From what a configuration says of sockets to what net does with them.

#include "config/model.h"
#include "net/dialer.h"
#include "net/socket_setup.h"

#include <memory>
#include <string>

namespace anytls::app {

/// Everything of an outbound's dial fields. Asks the system once for a socket like that: throws
/// startup_error, beginning with `where`, where it may never be had, and warns where it cannot be
/// had now.
net::dial_options dial_options(const config::dial& from, config::form form,
                               const std::string& where);

/// Of an inbound; null where it asks for nothing. Warns of what the system will not do.
std::shared_ptr<const net::socket_setup> listen_setup(const config::inbound& from,
                                                      config::form form);

}  // namespace anytls::app
