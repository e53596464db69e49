#pragma once
// The few kinds of failure that SOCKS and HTTP can tell an application.

#include "base/result.h"

namespace anytls::inbound {

enum class failure { forbidden, network_unreachable, host_unreachable, refused, timeout, other };

failure failure_of(error_code why) noexcept;

}  // namespace anytls::inbound
