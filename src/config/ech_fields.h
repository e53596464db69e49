#pragma once
// Encrypted ClientHello, in both forms.

#include "config/cursor.h"
#include "config/tls_model.h"

#include <string>

namespace anytls::config {

/// sing-box: tls.ech of an outbound, and of an inbound.
void read_ech_client(const cursor& at, ech_client& into);
void read_ech_server(const cursor& at, tls_server& into);

/// mihomo: ech-opts of a proxy.
void read_ech_opts(const cursor& at, ech_client& into);

/// The name whose HTTPS record has the configurations, where the file has none. `server`: the
/// address that is dialled.
const std::string& ech_name(const tls_client& tls, const std::string& server) noexcept;

}  // namespace anytls::config
