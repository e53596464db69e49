#include "limit_flags.h"

#include "common.h"

namespace anytls::cli {

void limit_flags::add(CLI::App& app) {
  const auto group = "Limits (docs/en/configuration.md); 0 = none";
  const auto number = [&](const char* flag, std::uint32_t& value, const char* help) {
    app.add_option(flag, value, help)->group(group)->capture_default_str();
  };
  app.add_flag("--block-private", values_.block_private,
               "refuse targets in private networks and on this machine")
      ->group(group);
  app.add_option("--idle-session-timeout", idle_session_timeout_,
                 "close sessions without streams for longer than this (never)")
      ->group(group)
      ->type_name("DURATION");
  app.add_option("--heartbeat", heartbeat_,
                 "ask clients for a sign of life after this silence (never)")
      ->group(group)
      ->type_name("DURATION");
  number("--max-streams-per-user", values_.max_streams_per_user, "streams of one password");
  number("--max-pending-connections", values_.max_pending_connections,
         "connections not authenticated yet");
  number("--max-pending-connections-per-source", values_.max_pending_connections_per_source,
         "of one address (IPv6: /64)");
  number("--max-handshakes-per-source", values_.max_handshakes_per_source,
         "TLS handshakes of one address per second");
  number("--max-failures-per-source", values_.max_failures_per_source,
         "failed authentications of one address per minute");
  app.add_flag("--limit-private-sources", values_.limit_private_sources,
               "apply the limits of one address to private ones too")
      ->group(group);
}

config::server_limits limit_flags::limits() const {
  auto out = values_;
  parse_duration_flag("--idle-session-timeout", idle_session_timeout_, out.idle_session_timeout);
  parse_duration_flag("--heartbeat", heartbeat_, out.heartbeat);
  return out;
}

}  // namespace anytls::cli
