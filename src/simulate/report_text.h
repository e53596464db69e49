#pragma once
// A report as text for a terminal: a table, and a timeline of 60 columns.

#include "simulate/simulation.h"

#include <string>

namespace anytls::simulate {

/// The options that are not at their defaults, in one line: "ensure_idle_session 5, ...".
std::string describe(const pool::pool_options& options);
/// The rest of what the numbers depend on, in one line.
std::string describe(const scenario& what);

std::string table(const report& of, const scenario& what, const pool::pool_options& options);
std::string timeline(const report& of, const scenario& what);

}  // namespace anytls::simulate
