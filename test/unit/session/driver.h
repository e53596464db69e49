#pragma once
// A session on a fake_transport, and what it told its owner.

#include "session/session.h"
#include "support/fake_endpoint.h"
#include "support/fake_transport.h"
#include "support/frames.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace anytls::session {

struct owner final : session_events {
  void on_stream(session&, std::unique_ptr<stream> s) override { opened.push_back(std::move(s)); }
  void on_idle(session&) override { ++idle; }
  void on_scheme(session&, const std::string& raw) override { schemes.push_back(raw); }
  void on_peer_version(session&, int v) override { version = v; }
  void on_drained(session&) override { ++drained; }
  void on_closed(session& which, close_reason r, error_code e) override {
    ++closed;
    reason = r;
    error = e;
    EXPECT_EQ(&which, driver.get());
    driver.reset();
  }

  std::unique_ptr<session> driver;
  std::vector<std::unique_ptr<stream>> opened;
  std::vector<std::string> schemes;
  int idle = 0;
  int version = 0;
  int drained = 0;
  int closed = 0;
  close_reason reason{};
  error_code error;
};

// Handlers with short timers run until `ready`; the limit is only a watchdog.
template <typename Ready>
void wait_for(asio::io_context& io, Ready ready) {
  const auto limit = clock::now() + 30s;
  while (!ready() && clock::now() < limit) {
    io.restart();
    io.run_one_for(10ms);
  }
  EXPECT_TRUE(ready());
}

struct rig {
  rig() : wire(std::make_shared<test::fake_wire>(io)) {}
  ~rig() {
    // As at the end of a program: sessions first, then the streams, then the context.
    events.driver.reset();
    EXPECT_LE(events.closed, 1);
  }

  void settle() { test::settle(io); }
  session& s() { return *events.driver; }

  /// What was sent since the last call, Waste left out.
  std::vector<std::string> sent() {
    const auto out = test::frames_of(bytes_view(wire->sent).subspan(seen_));
    seen_ = wire->sent.size();
    return out;
  }

  asio::io_context io;
  std::shared_ptr<test::fake_wire> wire;
  seeded_random random{1};
  owner events;

 private:
  std::size_t seen_ = 0;
};

struct client_rig : rig {
  explicit client_rig(duration half_close_timeout = 30s) {
    auto scheme = std::make_shared<protocol::padding_scheme>(
        protocol::padding_scheme::parse("stop=1").value());
    events.driver = std::make_unique<session>(
        std::make_unique<test::fake_transport>(wire),
        session_options{scheme, "test/1", 15s, half_close_timeout}, random, events);
    s().start();
    settle();
  }

  std::unique_ptr<stream> open() { return s().open(protocol::address::from_host("a.test", 80)); }

  /// A server that speaks version 2.
  void greet() {
    wire->feed(test::frame(protocol::command::server_settings, 0, "v=2"));
    settle();
  }
};

struct server_rig : rig {
  explicit server_rig(int version = 2, std::size_t max_streams = 256)
      : side{"stop=1", "md5", max_streams} {
    events.driver = std::make_unique<session>(std::make_unique<test::fake_transport>(wire), side,
                                              random, events);
    s().start(test::frame(protocol::command::settings, 0,
                          "padding-md5=md5\nv=" + std::to_string(version)));
    settle();
    sent();
  }
  ~server_rig() { events.driver.reset(); }  // before `side`

  void feed(std::initializer_list<bytes> frames) {
    wire->feed(test::join(frames));
    settle();
  }

  session_core::server_side side;
};

inline const std::string socks_address = std::string(
    "\x03\x06"
    "a.test"
    "\x00\x50",
    10);

}  // namespace anytls::session
