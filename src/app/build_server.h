#pragma once
// A configured AnyTLS inbound becomes a running server.

#include "config/model.h"
#include "outbound/outbound.h"
#include "server/server.h"

#include <memory>

namespace anytls::app {

/// Targets are reached through `out`, which must outlive the server's streams. `owner`: see
/// server_options. Throws startup_error.
std::unique_ptr<server::server> build_server(const config::inbound& from, outbound::outbound& out,
                                             std::weak_ptr<void> owner = {});

}  // namespace anytls::app
