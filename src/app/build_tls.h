#pragma once
// TLS of a configuration as the TLS module takes it.

#include "config/tls_model.h"
#include "tls/context.h"

#include <string>

namespace anytls::app {

/// `server`: the address that is dialled, the name where the configuration gives none.
tls::client_options client_tls(const config::tls_client& from, const std::string& server);
tls::server_options server_tls(const config::tls_server& from);

}  // namespace anytls::app
