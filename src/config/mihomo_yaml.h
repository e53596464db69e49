#pragma once
// The mihomo form: YAML. test/configs/README.md has the rules of the session options.

#include "config/model.h"
#include "config/report.h"

#include <string_view>

namespace anytls::config {

/// Reads what it can and reports everything else. The result is whole only where `out` has no
/// errors.
config read_mihomo(std::string_view text, report& out);

}  // namespace anytls::config
