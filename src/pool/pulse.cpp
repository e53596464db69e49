// The part of session_pool that looks now and then whether the sessions of a thread are alive:
// heartbeats, sessions that were asked for a sign of life, and paths that have gone silent under a
// live stream.

#include "base/log.h"
#include "pool/shard.h"

#include <boost/asio/post.hpp>

namespace anytls::pool {
namespace {

constexpr duration expectation_check_interval = 100ms;
// One event of the network is often told several times.
constexpr duration network_change_interval = 2s;

}  // namespace

// ---------------------------------------------------------------- now and then

duration session_pool::heartbeat_tick() const {
  if (options_.heartbeat <= duration{0}) return duration::max();
  const auto deadline = options_.heartbeat_timeout.value_or(options_.heartbeat);
  return std::clamp<duration>(std::min(options_.heartbeat / 20, deadline / 4), 10ms, 1s);
}

// Not a look at all the others: thousands may be made in a row.
void session_pool::arm_pulse_for_new(shard& home) {
  arm_pulse_in(home, std::min(heartbeat_tick(), path_check_interval));
}

void session_pool::arm_pulse(shard& home) {
  auto wait = heartbeat_tick();
  if (home.sessions.empty()) return;
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

// ---------------------------------------------------------------- sessions that are asked

// How long a session that was asked may be silent before it is given up.
duration session_pool::life_patience() const noexcept {
  return std::max<duration>(3s, 4 * server_.smoothed_rtt);
}

void session_pool::doubt(asio::io_context& here, sequence seq) {
  auto& home = shard_of(here);
  const auto found = home.sessions.find(seq);
  if (found == home.sessions.end()) return;
  duration patience;
  {
    lock hold(mutex_);
    policy_.doubt(clock::now(), seq);
    patience = life_patience();
  }
  found->second->driver->expect_life_until(clock::now() + patience);
  arm_pulse(home);
}

// The host has slept, or goes another way: NATs have forgotten the connections, and nobody says so.
void session_pool::network_changed(std::string_view why) {
  if (!options_.probe_on_wake) return;
  pool_actions todo;
  {
    lock hold(mutex_);
    const auto now = clock::now();
    if (shut_down_) return;
    if (network_changed_at_ != time_point{} &&
        now - network_changed_at_ < network_change_interval) {
      policy_.distrust(now);
      if (!std::exchange(network_change_waits_, true))
        ask_again_at(network_changed_at_ + network_change_interval);
      return;
    }
    network_changed_at_ = now;
    // Where nobody answers a question there is nothing to wait for: they are renewed.
    const bool probe = server_.version_2_seen && !server_.version_1;
    todo = policy_.network_changed(now, probe);
    if (probe)
      for (auto& home : shards_)
        asio::post(home->context, [this, self = self_, at = home.get()] {
          if (*self) probe_idle(*at);
        });
  }
  counters_.network_changes.add();
  log::debug("[AnyTLS] {}: {}: idle sessions have to show life", name_, why);
  carry_out(todo);
}

// What changes again while the answers to the last change are on their way.
void session_pool::ask_again_at(time_point when) {
  asio::post(shards_.front()->context, [this, self = self_, when] {
    if (!*self) return;
    network_timer_.expires_at(when);
    network_timer_.async_wait([this, self](error_code ec) {
      if (ec || !*self) return;
      {
        lock hold(mutex_);
        network_change_waits_ = false;
      }
      network_changed("the network has changed again");
    });
  });
}

void session_pool::probe_idle(shard& home) {
  duration patience;
  {
    lock hold(mutex_);
    patience = life_patience();
  }
  const auto until = clock::now() + patience;
  for (auto& [seq, one] : home.sessions) {
    if (!one->driver->idle()) continue;
    one->driver->expect_life_until(until, session::close_reason::network_change);
    one->driver->ask_for_life();
  }
  arm_pulse(home);
}

}  // namespace anytls::pool
