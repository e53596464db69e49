#pragma once
// The sing-box form: JSON with comments and trailing commas.

#include "config/model.h"
#include "config/report.h"

#include <string_view>

namespace anytls::config {

/// Reads what it can and reports everything else. The result is whole only where `out` has no
/// errors.
config read_sing_box(std::string_view text, report& out);

}  // namespace anytls::config
