#pragma once
// A configured outbound becomes a running one.

#include "config/model.h"
#include "net/dialer.h"
#include "outbound/outbound.h"

#include <memory>
#include <vector>

namespace anytls::app {

/// Throws startup_error.
std::unique_ptr<outbound::outbound> build_outbound(const config::outbound& from, config::form form,
                                                   std::vector<asio::io_context*> threads);

}  // namespace anytls::app
