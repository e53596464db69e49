#pragma once
// The resolver of a thread: made at its first use, ends with its io_context.

#include "net/resolver.h"

namespace anytls::net {

/// On the thread of `context`.
resolver& resolver_of(asio::io_context& context);

}  // namespace anytls::net
