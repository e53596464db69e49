#pragma once
// A report as a picture: what was ready, in use and being made against the target; below it
// handshakes, closings and cold starts; outages shaded. Plain SVG of a few kilobytes that is
// readable on light and on dark pages.

#include "simulate/simulation.h"

#include <string>

namespace anytls::simulate {

std::string svg(const report& of, const scenario& what, const pool::pool_options& options,
                const std::string& title);

}  // namespace anytls::simulate
