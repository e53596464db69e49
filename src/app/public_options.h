#pragma once
// Options of the public API become those of the parts inside.

#include "anytls/options.h"
#include "config/model.h"
#include "outbound/anytls.h"

namespace anytls::app {

/// Throw std::invalid_argument with one sentence.
outbound::anytls_options to_outbound(const client_options& from);
config::inbound to_inbound(const server_options& from);

}  // namespace anytls::app
