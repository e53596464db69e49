// The part of session_pool that looks now and then whether the sessions of a thread are alive:
// heartbeats, sessions that were asked for a sign of life, and paths that have gone silent under a
// live stream.

#include "base/log.h"
#include "pool/shard.h"

namespace anytls::pool {
namespace {

// Without a heartbeat only TCP is asked, about sessions in use.
constexpr duration path_check_interval = 5s;
constexpr duration expectation_check_interval = 100ms;

}  // namespace

void session_pool::arm_pulse(shard& home) {
  auto wait = duration::max();
  if (options_.heartbeat > duration{0}) {
    if (home.sessions.empty()) return;
    const auto deadline = options_.heartbeat_timeout.value_or(options_.heartbeat);
    wait = std::clamp<duration>(std::min(options_.heartbeat / 20, deadline / 4), 10ms, 1s);
  }
  if (wait > expectation_check_interval)
    for (const auto& [seq, one] : home.sessions) {
      if (one->driver->life_expected()) {
        wait = expectation_check_interval;
        break;
      }
      if (!one->driver->idle()) wait = std::min(wait, path_check_interval);
    }
  if (wait != duration::max()) arm_pulse_in(home, wait);
}

void session_pool::arm_pulse_in(shard& home, duration wait) {
  const auto when = clock::now() + wait;
  if (home.pulse_at <= when) return;
  home.pulse_at = when;
  home.pulse.expires_at(when);  // cancels the wait before
  home.pulse.async_wait([this, &home](error_code ec) {
    if (ec) return;
    home.pulse_at = time_point::max();
    check_pulses(home);
    arm_pulse(home);
  });
}

void session_pool::check_pulses(shard& home) {
  session::session::server_facts server;
  {
    lock hold(mutex_);
    server = server_;
  }
  const session::heartbeat_options options{options_.heartbeat, options_.heartbeat_timeout};
  const auto now = clock::now();
  for (auto& [seq, one] : home.sessions) {
    switch (one->driver->check_pulse(now, options, server)) {
      case session::session::pulse::dead:
        one->driver->close(one->driver->silence_means(), errc::heartbeat_timeout);
        break;
      case session::session::pulse::version_1: {
        lock hold(mutex_);
        if (!std::exchange(server_.version_1, true))
          log::info("{}: the server speaks version 1 of the protocol: no heartbeats", name_);
        server.version_1 = true;
        break;
      }
      case session::session::pulse::fine:
      case session::session::pulse::asked:
        break;
    }
  }
}

}  // namespace anytls::pool
