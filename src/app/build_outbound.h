#pragma once
// A configured outbound becomes a running one.

#include "config/model.h"
#include "net/dialer.h"
#include "outbound/outbound.h"

#include <memory>

namespace anytls::app {

/// `home`: the thread of the outbound's housekeeping. Throws startup_error.
std::unique_ptr<outbound::outbound> build_outbound(const config::outbound& from, asio::io_context& home);

}  // namespace anytls::app
