#pragma once
// How a connection is made, as a configuration may say it; part of the model.

#include "base/clock.h"

#include <cstdint>

namespace anytls::config {

/// Which address families of a name are tried, and which first.
enum class domain_strategy : std::uint8_t { as_is, prefer_ipv4, prefer_ipv6, ipv4_only, ipv6_only };

struct dial {
  duration connect_timeout = 5s;
  domain_strategy strategy = domain_strategy::as_is;
};

}  // namespace anytls::config
