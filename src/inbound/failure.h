#pragma once
// The few kinds of failure that SOCKS and HTTP can tell an application.

#include "base/result.h"

#include <string>
#include <string_view>

namespace anytls::inbound {

enum class failure { forbidden, network_unreachable, host_unreachable, refused, timeout, other };

failure failure_of(error_code why) noexcept;

/// For people: the code's message, and what the far side said about it unless that says the same.
std::string explain(error_code why, std::string_view detail);

}  // namespace anytls::inbound
