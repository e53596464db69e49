#pragma once
// inbounds and outbounds of a sing-box file.

#include "config/cursor.h"
#include "config/model.h"
#include "config/outbound_names.h"

namespace anytls::config {

void read_inbounds(const cursor& at, config& into);

/// Fills into.outbounds and `names`; returns the tag of the first outbound, whatever its type.
std::string read_outbounds(const cursor& at, config& into, outbound_names& names);

}  // namespace anytls::config
