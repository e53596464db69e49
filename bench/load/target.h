#pragma once
// The server behind the proxy (request.h says what it answers). Runs until it is killed.

namespace anytls::bench {

int run_target();

}  // namespace anytls::bench
