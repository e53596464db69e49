#pragma once
// Why a server could not reach a target: a SYNACK says it in words only, and applications want a
// code.

#include "base/result.h"

#include <string_view>

namespace anytls::session {

/// Knows the texts of our own server, of the system's errors and of Go's; case does not matter, nor
/// what stands around them. errc::target_refused for all others.
errc reason_of(std::string_view server_text) noexcept;

}  // namespace anytls::session
