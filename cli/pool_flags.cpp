#include "pool_flags.h"

#include "common.h"

namespace anytls::cli {

void pool_flags::add(CLI::App& app) {
  const auto group = "Session pool (docs/en/session-pool.md)";
  const auto number = [&](const char* flag, std::uint32_t& value, const char* help) {
    return app.add_option(flag, value, help)->group(group);
  };
  const auto time = [&](const char* flag, const char* help) {
    app.add_option(flag, durations_[flag], help)->group(group)->type_name("DURATION");
  };
  time("--idle-session-check-interval", "length of a cycle (30s)");
  time("--idle-session-timeout", "close sessions idle longer than this (30s)");
  number("-m,--min-idle-session", values_.min_idle_session,
         "idle sessions that the idle check keeps (0)");
  number("--ensure-idle-session", values_.ensure_idle_session,
         "idle sessions made ahead of use (0 = off)");
  number("--ensure-idle-session-create-rate", values_.ensure_idle_session_create_rate,
         "most sessions made ahead of use per cycle (0 = no limit)");
  time("--max-connection-lifetime", "close sessions older than this (none)");
  time("--connection-lifetime-jitter", "spread of the lifetime, both ways (0)");
  number("--min-idle-session-for-age", values_.min_idle_session_for_age,
         "idle sessions that the age check keeps (0 = as --min-idle-session)");
  time("--heartbeat", "ask the server for a sign of life after this silence (off)");
  app.add_flag("--disable-reuse", values_.disable_reuse, "use every session once")->group(group);
  app.add_option("--client", values_.client, "text of the `client=` setting (our true name)")
      ->group(group);
}

pool::pool_options pool_flags::options() const {
  auto out = values_;
  const auto read = [&](const char* flag, duration& value, bool zero_is_default) {
    const auto at = durations_.find(flag);
    if (at == durations_.end()) return;
    auto given = value;
    parse_duration_flag(flag, at->second, given);
    if (given != duration{0} || !zero_is_default) value = given;
  };
  read("--idle-session-check-interval", out.idle_session_check_interval, true);
  read("--idle-session-timeout", out.idle_session_timeout, true);
  read("--max-connection-lifetime", out.max_connection_lifetime, false);
  read("--connection-lifetime-jitter", out.connection_lifetime_jitter, false);
  read("--heartbeat", out.heartbeat, false);
  return out;
}

}  // namespace anytls::cli
