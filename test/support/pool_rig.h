#pragma once
// A pool on fake transports and the server behind them; real timers of milliseconds, no timed
// asserts.

#include "base/log.h"
#include "pool/connect_request.h"
#include "support/fake_transport.h"
#include "support/frames.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <mutex>
#include <set>

namespace anytls::pool {

using protocol::command;
using test::fake_wire;
using test::frame;

/// Lines of the log, while it lives.
struct captured_log {
  captured_log() {
    log::configure({.threshold = log::level::debug});
    log::set_handler([this](log::level l, std::string_view text) {
      std::lock_guard hold(mutex);
      lines.push_back({l, std::string(text)});
    });
  }
  ~captured_log() {
    log::set_handler({});
    log::configure({});
  }
  std::size_t count(std::string_view part, log::level at_least = log::level::debug) {
    std::lock_guard hold(mutex);
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
          return line.first >= at_least && line.second.find(part) != std::string::npos;
        }));
  }
  std::mutex mutex;
  std::vector<std::pair<log::level, std::string>> lines;
};

inline pool_options ensure(std::uint32_t target) {
  pool_options o;
  o.ensure_idle_session = target;
  o.idle_session_timeout = 1h;
  o.client = "test/1";
  return o;
}

inline const auto target = protocol::address::from_host("a.test", 80);

/// A new session, in use.
inline task<session::session*> connect(session_pool& pool, asio::io_context& here) {
  std::optional<result<session_pool::claimed>> outcome;
  timer done(here, time_point::max());
  const auto wish = std::make_shared<session_pool::connect_request>(
      pool, here, [&](result<session_pool::claimed> got) {
        outcome = got;
        done.cancel();
      });
  wish->start();
  while (!outcome) co_await done.async_wait(use_result);
  co_return *outcome ? (*outcome)->session : nullptr;
}

/// A pool, and the server behind its fake connections.
struct rig {
  explicit rig(const pool_options& options, log_words words = log_words::sing_box)
      : pool({.name = "proxy (h:443)",
              .words = words,
              .password_hash = sha256(as_bytes(std::string_view("secret"))),
              .dial = [this](asio::io_context& here, duration) { return dial(here); },
              .threads = {&io}},
             options) {}

  task<result<std::unique_ptr<transport>>> dial(asio::io_context& here) {
    ++dialled;
    if (dial_pause > duration{0}) {
      timer pause(here, dial_pause);
      co_await pause.async_wait(use_result);
    }
    if (dial_error) co_return dial_error;
    auto wire = std::make_shared<fake_wire>(here);
    wires.push_back(wire);
    handled.push_back(0);
    co_return std::unique_ptr<transport>(std::make_unique<test::fake_transport>(wire));
  }

  /// Frames that the client has sent, without the preamble.
  std::vector<std::string> frames(std::size_t i) {
    if (wires[i]->records.empty()) return {};
    const auto preamble = wires[i]->records.front().size();
    return test::frames_of(
        bytes_view(wires[i]->sent).subspan(std::min(preamble, wires[i]->sent.size())));
  }

  void serve() {
    for (std::size_t i = 0; i < wires.size(); ++i) {
      auto& w = *wires[i];
      if (w.closed || w.aborted || w.destroyed || frozen || w.sent.empty()) continue;
      if (silent.contains(i)) continue;
      if (refuses) {
        w.end_reading(asio::error::eof);
        continue;
      }
      if (version == 1) continue;
      const auto all = frames(i);
      for (auto& n = handled[i]; n < all.size(); ++n) {
        if (all[n].starts_with("Settings")) w.feed(frame(command::server_settings, 0, "v=2"));
        if (all[n].starts_with("HeartRequest")) {
          const auto id = static_cast<std::uint32_t>(std::stoul(all[n].substr(13)));
          w.feed(frame(command::heart_response, id));
        }
      }
    }
  }

  template <typename Condition>
  bool run_until(Condition condition) {
    for (const auto end = clock::now() + 20s; clock::now() < end;) {
      if (condition()) return true;
      io.restart();
      io.run_one_for(2ms);
      while (io.poll_one() != 0) {
      }
      serve();
    }
    return false;
  }
  void run_for(duration d) {
    const auto end = clock::now() + d;
    run_until([&] { return clock::now() >= end; });
  }
  bool idle_are(std::size_t n) {
    return run_until([&] { return pool.count() == pool_policy::counts{n, 0, 0, 0}; });
  }
  std::unique_ptr<session::stream> open() {
    auto r = pool.reserve();
    if (!r) return nullptr;
    const auto got = pool.claim(std::move(r));
    return got ? got.session->open(target) : nullptr;
  }
  std::size_t alive() const {
    return static_cast<std::size_t>(std::count_if(
        wires.begin(), wires.end(), [](const auto& w) { return !w->closed && !w->aborted; }));
  }

  captured_log log;
  asio::io_context io;
  std::vector<std::shared_ptr<fake_wire>> wires;
  std::vector<std::size_t> handled;
  error_code dial_error;
  duration dial_pause{0};
  bool refuses = false;
  bool frozen = false;
  std::set<std::size_t> silent;  ///< these wires answer nothing
  int version = 2;
  std::size_t dialled = 0;
  session_pool pool;
};

}  // namespace anytls::pool
