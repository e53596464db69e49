#pragma once
// Carries out a proxy_codec over what leads to the proxy.

#include "outbound/outbound.h"
#include "outbound/proxy_codec.h"

#include <memory>

namespace anytls::outbound {

/// What comes out of it is the target's: bytes behind the proxy's answer are not lost. A socket
/// stays a socket, and they stay in the kernel. Errors: what the codec says; errc::proxy_closed
/// where the connection ended; those of the endpoint. It may take for ever: see time_limit.h.
task<result<connection>> negotiate(connection with, std::unique_ptr<proxy_codec> codec);

}  // namespace anytls::outbound
