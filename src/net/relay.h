#pragma once
// Joins two ends of a connection and waits until both are closed.

#include "base/endpoint.h"

#include <functional>
#include <memory>
#include <string>

namespace anytls::net {

/// Runs on the thread of both ends. A clean end on one side closes the other after delivering what
/// is on its way; an error on one side resets the other. Returns why the first end closed (no
/// error: a clean end); `detail`, if given, gets what its far side said about it, and must outlive
/// the call. `closing`, if given, is told of the end that is left after a clean end of the other:
/// it may take its time, and may be reset to end the wait.
task<error_code> relay(std::unique_ptr<endpoint> a, std::unique_ptr<endpoint> b,
                       std::string* detail = nullptr, std::function<void(endpoint&)> closing = {});

}  // namespace anytls::net
