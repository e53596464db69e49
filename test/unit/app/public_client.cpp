// The client and server objects: failures, and ends at awkward times. Leaks and late accesses are
// the sanitizers' part.

#include "public_rig.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>

namespace anytls::test {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> pause(asio::io_context& io, std::chrono::milliseconds how_long) {
  asio::steady_timer timer(io, how_long);
  co_await timer.async_wait(use_awaitable);
}

TEST(PublicClient, WrongPasswordIsAnErrorOfReading) {
  public_rig rig("wrong");
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    char c;
    auto [e, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
    EXPECT_EQ(e, errc::wrong_password) << e.message();
  }(rig, rig.start()));
}

TEST(PublicClient, WrongFingerprintIsAnErrorOfOpening) {
  public_rig rig;
  rig.options.certificate_sha256 = std::string(64, '0');
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto [e, s] = co_await through.async_open("127.0.0.1", r.target_port(), as_result);
    EXPECT_EQ(e, errc::certificate_wrong_pin) << e.message();
  }(rig, rig.start()));
}

TEST(PublicClient, ServerThatIsNotThereIsAnErrorOfOpening) {
  public_rig rig;
  rig.options.port = 1;
  rig.options.connect_timeout = std::chrono::milliseconds(100);
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto [e, s] = co_await through.async_open("127.0.0.1", r.target_port(), as_result);
    EXPECT_EQ(e, asio::error::connection_refused) << e.message();
  }(rig, rig.start()));
}

TEST(PublicClient, WaitsForTheTargetWhereAsked) {
  public_rig rig;
  rig.options.wait_for_target = true;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto [refused, s] = co_await through.async_open("127.0.0.1", 1, as_result);
    EXPECT_EQ(refused, errc::target_refused) << refused.message();
    auto [reached, t] = co_await through.async_open("127.0.0.1", r.target_port(), as_result);
    EXPECT_FALSE(reached) << reached.message();
    EXPECT_TRUE(t.is_open());
  }(rig, rig.start()));
}

TEST(PublicClient, RefusesHostsThatCannotBe) {
  public_rig rig;
  rig.run([](public_rig&, client& through) -> asio::awaitable<void> {
    for (const auto& host : {std::string(), std::string(256, 'a')}) {
      auto [e, s] = co_await through.async_open(host, 80, as_result);
      EXPECT_EQ(e, asio::error::invalid_argument);
    }
  }(rig, rig.start()));
}

// Takes connections and says nothing.
struct silent_server {
  explicit silent_server(asio::io_context& io)
      : acceptor(io, {asio::ip::address_v4::loopback(), 0}) {}
  asio::ip::tcp::acceptor acceptor;
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }
};

TEST(PublicClient, CloseEndsAnOpeningAtOnce) {
  public_rig rig;
  silent_server silent(rig.io);
  rig.options.port = silent.port();
  const auto began = std::chrono::steady_clock::now();
  error_code told;
  rig.start().async_open("example.com", 80, [&](error_code e, stream) { told = e; });
  rig.run(pause(rig.io, 50ms));
  EXPECT_EQ(told, errc::shutting_down) << told.message();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(PublicClient, DestructionEndsOpeningsAtOnce) {
  public_rig rig;
  silent_server silent(rig.io);
  rig.options.port = silent.port();
  int told = 0;
  for (int i = 0; i < 3; ++i)
    rig.start().async_open("example.com", 80, [&](error_code e, stream) {
      EXPECT_EQ(e, errc::shutting_down);
      ++told;
    });
  rig.clients.reset();
  rig.run(pause(rig.io, 1ms));
  EXPECT_EQ(told, 3);
}

TEST(PublicClient, OpeningIsCancelled) {
  public_rig rig;
  silent_server silent(rig.io);
  rig.options.port = silent.port();
  asio::cancellation_signal signal;
  error_code told;
  rig.start().async_open(
      "example.com", 80,
      asio::bind_cancellation_slot(signal.slot(), [&](error_code e, stream) { told = e; }));
  rig.run([](public_rig& r, asio::cancellation_signal& s, error_code& e) -> asio::awaitable<void> {
    co_await pause(r.io, 50ms);
    EXPECT_FALSE(e);
    s.emit(asio::cancellation_type::terminal);
    co_await pause(r.io, 50ms);
    EXPECT_EQ(e, asio::error::operation_aborted);
  }(rig, signal, told));
}

TEST(PublicClient, CloseEndsStreamsThatAreRead) {
  public_rig rig;
  error_code told;
  rig.run([](public_rig& r, client& through, error_code& out) -> asio::awaitable<void> {
    auto s = std::make_shared<stream>(
        co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable));
    auto c = std::make_shared<char>();
    s->async_read_some(asio::buffer(c.get(), 1),
                       [s, c, &out](error_code e, std::size_t) { out = e; });
    co_await pause(r.io, 20ms);
    through.close();
    through.close();
    auto [e, late] = co_await through.async_open("127.0.0.1", r.target_port(), as_result);
    EXPECT_EQ(e, errc::shutting_down);
  }(rig, rig.start(), told));
  EXPECT_TRUE(told) << "the read must end with an error";
  EXPECT_NE(told, asio::error::eof);
}

TEST(PublicClient, StreamOutlivesItsClient) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    r.clients.reset();
    char c;
    auto [e, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
    EXPECT_TRUE(e);
    co_await pause(r.io, 20ms);
    auto [again, m] = co_await s.async_write_some(asio::buffer("x", 1), as_result);
    EXPECT_TRUE(again);
  }(rig, rig.start()));
}

TEST(PublicClient, IdleSessionsDoNotKeepTheContextAfterClose) {
  public_rig rig;
  rig.options.min_idle_session = 3;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
      co_await asio::async_write(s, asio::buffer("x", 1), use_awaitable);
      char c;
      co_await asio::async_read(s, asio::buffer(&c, 1), use_awaitable);
      s.close();
      co_await pause(r.io, 10ms);
    }
  }(rig, rig.start()));
}

TEST(PublicClient, SessionsMadeAheadOfUseEndWithIt) {
  public_rig rig;
  rig.options.ensure_idle_session = 4;
  rig.options.heartbeat = 50ms;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    co_await pause(r.io, 300ms);
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    co_await pause(r.io, 20ms);
  }(rig, rig.start()));
}

TEST(PublicClient, IsMovedWhileInUse) {
  public_rig rig;
  rig.run([](public_rig& r, client& first) -> asio::awaitable<void> {
    auto s = co_await first.async_open("127.0.0.1", r.target_port(), use_awaitable);
    client second(std::move(first));
    auto t = co_await second.async_open("127.0.0.1", r.target_port(), use_awaitable);
    co_await asio::async_write(s, asio::buffer("x", 1), use_awaitable);
    char c = 0;
    co_await asio::async_read(s, asio::buffer(&c, 1), use_awaitable);
    EXPECT_EQ(c, 'x');
  }(rig, rig.start()));
}

// The io_context is destroyed at many moments of an exchange, with everything in flight.
TEST(PublicClient, ContextIsDestroyedAtAnyMoment) {
  for (int handlers = 0; handlers < 160; handlers += handlers < 40 ? 1 : 7) {
    public_rig rig;
    if (handlers % 5 == 0) rig.options.ensure_idle_session = 3;
    std::optional<stream> kept;
    std::string buffer(1 << 20, 'q');
    std::string got(1 << 20, 0);
    rig.start().async_open("127.0.0.1", rig.target_port(), [&](error_code e, stream opened) {
      if (e) return;
      kept = std::move(opened);
      asio::async_write(*kept, asio::buffer(buffer), [](error_code, std::size_t) {});
      asio::async_read(*kept, asio::buffer(got), [](error_code, std::size_t) {});
    });
    for (int i = 0; i < handlers; ++i) rig.io.run_one_for(1s);
    if (handlers % 3 == 0) kept.reset();
    if (handlers % 2 == 0) rig.clients.reset();
  }
}

TEST(PublicClient, NamesWhatIsWrongWithItsOptions) {
  asio::io_context io;
  client_options good;
  good.server = "example.com";
  good.password = "secret";
  EXPECT_NO_THROW(client(io, good));
  const auto refused = [&](auto change) {
    auto bad = good;
    change(bad);
    try {
      client c(io, bad);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refused([](auto& o) { o.server.clear(); }),
            "server is missing: write the server's name or address");
  EXPECT_EQ(refused([](auto& o) { o.port = 0; }), "port must not be 0");
  EXPECT_EQ(refused([](auto& o) { o.password.clear(); }), "password is missing");
  EXPECT_EQ(refused([](auto& o) { o.client_fingerprint = "firefox"; }),
            "client_fingerprint must be chrome or none");
  EXPECT_EQ(refused([](auto& o) { o.idle_session_timeout = 0s; }),
            "idle_session_timeout must be more than 0 and at most ten years");
  EXPECT_EQ(refused([](auto& o) { o.heartbeat = -1s; }),
            "heartbeat must be 0 or more and at most ten years");
  EXPECT_EQ(refused([](auto& o) { o.certificate_sha256 = "abc"; }),
            "certificate_sha256 must be the 64 hex digits of a SHA-256 fingerprint");
  EXPECT_NE(refused([](auto& o) { o.certificate_path = "/nonexistent"; }).find("/nonexistent"),
            std::string::npos);
}

TEST(PublicClient, ReadsALink) {
  const auto o = client_options::from_uri(
      "anytls://pass%20word@[2001:db8::1]:8443/?sni=real.example&insecure=1#mine");
  EXPECT_EQ(o.server, "2001:db8::1");
  EXPECT_EQ(o.port, 8443);
  EXPECT_EQ(o.password, "pass word");
  EXPECT_EQ(o.server_name, "real.example");
  EXPECT_TRUE(o.insecure);
  EXPECT_THROW(client_options::from_uri("https://example.com"), std::invalid_argument);
}

TEST(PublicServer, NamesWhatIsWrongWithItsOptions) {
  public_rig rig;
  asio::io_context io;
  const auto own = make_self_signed_certificate("localhost", 1);
  server_options good;
  good.listen = "127.0.0.1";
  good.users = {{"", "secret"}};
  good.certificate = own.certificate;
  good.key = own.key;
  EXPECT_NE(server(io, good).port(), 0);

  auto bad = good;
  bad.users.clear();
  EXPECT_THROW(server(io, bad), std::invalid_argument);
  bad = good;
  bad.key = make_self_signed_certificate("localhost", 1).key;
  EXPECT_THROW(server(io, bad), std::invalid_argument);
  bad = good;
  bad.listen = "nowhere.invalid";
  EXPECT_THROW(server(io, bad), std::invalid_argument);
  bad = good;
  bad.padding_scheme = "no stop";
  EXPECT_THROW(server(io, bad), std::invalid_argument);
  bad = good;
  bad.port = rig.server->port();
  EXPECT_THROW(server(io, bad), boost::system::system_error);
  EXPECT_THROW(make_self_signed_certificate("", 1), std::invalid_argument);
}

TEST(PublicServer, CloseEndsItsSessionsAndHandshakes) {
  public_rig rig;
  asio::ip::tcp::socket half_open(rig.io);
  half_open.connect({asio::ip::address_v4::loopback(), rig.server->port()});
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    co_await asio::async_write(s, asio::buffer("x", 1), use_awaitable);
    char c;
    co_await asio::async_read(s, asio::buffer(&c, 1), use_awaitable);
    r.server->close();
    auto [e, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
    EXPECT_TRUE(e);
    auto [refused, t] = co_await through.async_open("127.0.0.1", r.target_port(), as_result);
    EXPECT_EQ(refused, asio::error::connection_refused);
  }(rig, rig.start()));
}

TEST(PublicServer, IsDestroyedWhileItServes) {
  public_rig rig;
  rig.run([](public_rig& r, client& through) -> asio::awaitable<void> {
    auto s = co_await through.async_open("127.0.0.1", r.target_port(), use_awaitable);
    r.server.reset();
    char c;
    auto [e, n] = co_await s.async_read_some(asio::buffer(&c, 1), as_result);
    EXPECT_TRUE(e);
  }(rig, rig.start()));
}

}  // namespace
}  // namespace anytls::test
