#pragma once
// Joins two ends of a connection and waits until both are closed.

#include "base/endpoint.h"

#include <memory>
#include <string>

namespace anytls::net {

/// Runs on the thread of both ends. A clean end on one side closes the other after delivering what
/// is on its way; an error on one side resets the other. Returns why the first end closed (no
/// error: a clean end); `detail`, if given, gets what its far side said about it, and must outlive
/// the call.
task<error_code> relay(std::unique_ptr<endpoint> a, std::unique_ptr<endpoint> b,
                       std::string* detail = nullptr);

}  // namespace anytls::net
