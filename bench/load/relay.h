#pragma once
// A path with a delay in front of a server. Runs until it is killed.

namespace anytls::bench {

/// Each direction takes `delay` seconds. What a client sends in the first 2 x delay leaves after
/// them: the time of TCP's own handshake, which loopback does not take.
int run_relay(int to, double delay);

}  // namespace anytls::bench
