#pragma once
// The sessions of one thread, and what a pool knows of each. Internal to the pool.

#include "pool/session_pool.h"

#include <boost/asio/cancellation_signal.hpp>

#include <list>
#include <unordered_map>

namespace anytls::pool {

/// One session and what the pool knows of it. Lives in the shard of its thread.
struct session_pool::pooled final : session::session_events {
  pooled(session_pool& p, shard& s, sequence n) : pool(p), home(s), seq(n) {}

  void on_idle(session::session&) override { pool.on_idle(*this); }
  void on_heard(session::session&) override { pool.on_heard(*this); }
  void on_peer_version(session::session&, int version) override { pool.on_version(version); }
  void on_round_trip(session::session&, duration rtt, bool with_target) override {
    pool.on_round_trip(rtt, with_target);
  }
  void on_suspect(session::session&) override { pool.distrust(); }
  void on_alive(session::session&) override { pool.on_alive(*this); }
  void on_silence(session::session&) override { pool.on_silence(); }
  void on_scheme(session::session&, const std::string& raw) override { pool.on_scheme(raw); }
  void on_drained(session::session&) override {
    lock hold(pool.mutex_);
    pool.policy_.drained(seq);
  }
  void on_closed(session::session&, session::close_reason reason, error_code error) override {
    pool.on_closed(*this, reason, error);
  }

  session_pool& pool;
  shard& home;
  sequence seq;
  std::unique_ptr<session::session> driver;
};

/// The sessions of one thread.
struct session_pool::shard {
  shard(asio::io_context& c, std::size_t n) : context(c), place(n), pulse(c) {}
  asio::io_context& context;
  std::size_t place;
  timer pulse;
  time_point pulse_at = time_point::max();  ///< max = not armed
  system_random random;
  std::unordered_map<sequence, std::unique_ptr<pooled>> sessions;
  std::list<asio::cancellation_signal> dials;  ///< one for each under way: shut_down() ends them
};

}  // namespace anytls::pool
