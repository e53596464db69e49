#pragma once
// What is wrong or useless in a configuration as a whole, whichever form it came in: contradictions
// between options, things that are there twice, doors left open. Single values were judged when
// they were read.

#include "config/model.h"
#include "config/report.h"

namespace anytls::config {

void validate(const config& c, report& out);

}  // namespace anytls::config
