#pragma once
// A stream of the public API: a pull_stream that completes handlers.

#include "anytls/stream.h"
#include "net/pull_stream.h"

#include <optional>

namespace anytls {

class stream::impl {
 public:
  explicit impl(std::unique_ptr<endpoint> remote)
      : executor(remote->get_executor()), io(std::in_place, std::move(remote)) {}

  void reset(error_code reason) {
    open = false;
    if (io) io->reset(reason);
  }

  const anytls::executor executor;
  std::optional<net::pull_stream>
      io;  ///< empty once the user let go: operations that start later see it
  bool sending = true;
  bool open = true;
};

}  // namespace anytls
