#pragma once
// A configured outbound becomes a running one.

#include "config/model.h"
#include "net/dialer.h"
#include "outbound/outbound.h"

#include <memory>
#include <vector>

namespace anytls::app {

/// `through`: what its detour became; null = none. Throws startup_error.
std::unique_ptr<outbound::outbound> build_outbound(const config::outbound& from, config::form form,
                                                   std::vector<asio::io_context*> threads,
                                                   outbound::outbound* through = nullptr);

/// All of them, each after the one that it dials through, which it must not outlive.
std::vector<std::unique_ptr<outbound::outbound>> build_outbounds(
    const config::config& from, const std::vector<asio::io_context*>& threads);

}  // namespace anytls::app
