#pragma once
// The options of an AnyTLS inbound that are ours, the same in both forms: snake_case in JSON,
// hyphens in YAML.

#include "config/field.h"
#include "config/model.h"

namespace anytls::config {

/// `hyphens`: mihomo's spelling.
void read_server_limits(object_reader& in, bool hyphens, server_limits& into);

}  // namespace anytls::config
