#pragma once
// What fields of TLS mean together.

#include "config/model.h"
#include "config/report.h"

#include <string>

namespace anytls::config {

/// `at`: the place of the inbound or outbound.
void judge_tls_client(form which, const tls_client& tls, const std::string& at, report& out);
void judge_tls_server(form which, const tls_server& tls, const std::string& at, report& out);

}  // namespace anytls::config
