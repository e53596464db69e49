#include "outbound/anytls.h"

#include "net/pull_stream.h"
#include "net/tcp_endpoint.h"
#include "outbound/block.h"
#include "outbound/direct.h"
#include "server/server.h"
#include "support/sockets.h"

namespace anytls::outbound {
namespace {

using test::run_until_quiet;

// A listener that hands each connection to `serve`.
struct listening {
  listening(asio::io_context& io, std::function<void(tcp_socket)> serve)
      : acceptor(io, {tcp::v4(), 0}) {
    asio::co_spawn(
        io,
        [this, serve]() -> task<> {
          for (;;) {
            auto [error, socket] = co_await acceptor.async_accept(use_result);
            if (error) co_return;
            ++accepted;
            serve(std::move(socket));
          }
        },
        asio::detached);
  }
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }
  tcp_acceptor acceptor;
  int accepted = 0;
};

// Sends back what comes.
task<> echo(std::shared_ptr<tcp_socket> socket) {
  bytes room(32 * 1024);
  for (;;) {
    const auto [error, n] = co_await socket->async_read_some(asio::buffer(room), use_result);
    if (error) break;
    const auto [failed, written] =
        co_await asio::async_write(*socket, asio::buffer(room.data(), n), use_result);
    if (failed) break;
  }
  test::shut_down_sending(*socket);
}

task<result<std::unique_ptr<endpoint>>> open(outbound& out, asio::io_context& io,
                                             std::uint16_t port) {
  request what;
  what.target = protocol::address::from_host("127.0.0.1", port);
  const auto attempt = out.begin(what, io);
  EXPECT_EQ(&attempt->context(), &io);
  co_return co_await attempt->open();
}

// One request over `out`, to its end.
task<std::string> ask(outbound& out, asio::io_context& io, std::uint16_t port, std::string text) {
  auto opened = co_await open(out, io, port);
  if (!opened) co_return "not opened: " + opened.error().message();
  net::pull_stream stream(std::move(*opened));
  if (const auto error = co_await stream.write(as_bytes(text)))
    co_return "not written: " + error.message();
  std::string answer;
  bytes room(16 * 1024);
  while (answer.size() < text.size()) {
    const auto [error, n] = co_await stream.read_some(room);
    if (error) co_return "not read: " + error.message();
    answer += as_text(bytes_view(room).first(n));
  }
  stream.finish();
  co_return answer;
}

struct both_ends {
  explicit both_ends(std::string client_password = "secret", pool::pool_options pool = {})
      : target(io,
               [this](tcp_socket s) {
                 asio::co_spawn(io, echo(std::make_shared<tcp_socket>(std::move(s))),
                                asio::detached);
               }),
        server_port(io, [this](tcp_socket s) { server->accept(io, std::move(s)); }) {
    server::server_options options;
    options.users = {{"", "secret"}};
    server.emplace(std::move(options),
                   tls::live_server_context::make("server", test::server_defaults()).value(),
                   [](const server::target_request& r,
                      asio::io_context& here) -> task<result<std::unique_ptr<endpoint>>> {
                     static const net::dial_options dial;
                     direct out("direct", dial);
                     request what;
                     what.target = r.target;
                     const auto attempt = out.begin(what, here);
                     co_return co_await attempt->open();
                   });
    anytls_options o;
    o.tag = "out";
    o.server = "127.0.0.1";
    o.port = server_port.port();
    o.password = std::move(client_password);
    o.pool = pool;
    o.tls = tls::client_context::make(test::client_defaults()).value();
    client.emplace(std::move(o), io);
  }
  ~both_ends() {
    client->shut_down();
    server->shut_down();
    target.acceptor.close();
    server_port.acceptor.close();
    run_until_quiet(io);
  }

  asio::io_context io;
  std::optional<server::server> server;
  std::optional<anytls> client;
  listening target;
  listening server_port;
};

TEST(AnytlsOutbound, ReachesTheTargetAndUsesTheSessionAgain) {
  both_ends both;
  const std::string text(200000, 'x');
  test::run(both.io, [&]() -> task<> {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(co_await ask(*both.client, both.io, both.target.port(), text), text);
      // The session is back in the pool once its stream has ended on both sides, and is handed out
      // again once the server has answered what was sent after our FIN.
      timer pause(both.io, 100ms);
      co_await pause.async_wait(use_result);
      for (int turn = 0; turn < 1000 && both.client->pool().count().idle == 0; ++turn) {
        pause.expires_after(5ms);
        co_await pause.async_wait(use_result);
      }
    }
  });
  EXPECT_EQ(both.target.accepted, 5);
  EXPECT_EQ(both.server_port.accepted, 1);
}

TEST(AnytlsOutbound, RequestsAtOnceHaveASessionEach) {
  both_ends both;
  std::vector<std::unique_ptr<test::started<std::string>>> requests;
  for (int i = 0; i < 8; ++i)
    requests.push_back(std::make_unique<test::started<std::string>>(
        both.io, ask(*both.client, both.io, both.target.port(),
                     std::string(50000, static_cast<char>('a' + i)))));
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(test::run_until_ready(both.io, [&] { return requests[i]->done; }));
    EXPECT_EQ(requests[i]->result, std::string(50000, static_cast<char>('a' + i)));
  }
  EXPECT_EQ(both.server_port.accepted, 8);
}

TEST(AnytlsOutbound, WithoutReuseEveryRequestHasItsConnection) {
  pool::pool_options pool;
  pool.disable_reuse = true;
  both_ends both("secret", pool);
  test::run(both.io, [&]() -> task<> {
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(co_await ask(*both.client, both.io, both.target.port(), "hello"), "hello");
  });
  EXPECT_EQ(both.server_port.accepted, 3);
}

TEST(AnytlsOutbound, AWrongPasswordIsSaidAndNothingHangs) {
  both_ends both("wrong");
  test::run(both.io, [&]() -> task<> {
    auto opened = co_await open(*both.client, both.io, both.target.port());
    EXPECT_TRUE(opened.has_value());
    if (!opened) co_return;
    EXPECT_EQ(co_await (*opened)->wait_established(), errc::wrong_password);
  });
  EXPECT_EQ(both.target.accepted, 0);
}

TEST(AnytlsOutbound, ARefusedTargetIsSaid) {
  both_ends both;
  std::uint16_t closed_port;
  {
    tcp_acceptor once(both.io, {asio::ip::address_v4::loopback(), 0});
    closed_port = once.local_endpoint().port();
  }
  test::run(both.io, [&]() -> task<> {
    auto opened = co_await open(*both.client, both.io, closed_port);
    EXPECT_TRUE(opened.has_value());
    if (!opened) co_return;
    EXPECT_EQ(co_await (*opened)->wait_established(), errc::target_refused);
  });
}

TEST(AnytlsOutbound, AServerThatIsNotThereIsAnErrorOfOpen) {
  both_ends both;
  both.server_port.acceptor.close();
  run_until_quiet(both.io);
  test::run(both.io, [&]() -> task<> {
    const auto opened = co_await open(*both.client, both.io, both.target.port());
    EXPECT_FALSE(opened.has_value());
    EXPECT_EQ(opened.has_error() ? opened.error() : error_code{}, asio::error::connection_refused);
  });
}

TEST(AnytlsOutbound, AfterShutDownNothingOpens) {
  both_ends both;
  both.client->shut_down();
  test::run(both.io, [&]() -> task<> {
    EXPECT_FALSE((co_await open(*both.client, both.io, both.target.port())).has_value());
  });
}

TEST(DirectOutbound, ConnectsToTheTarget) {
  asio::io_context io;
  listening target(io, [&](tcp_socket s) {
    asio::co_spawn(io, echo(std::make_shared<tcp_socket>(std::move(s))), asio::detached);
  });
  direct out("direct", {});
  test::run(io,
            [&]() -> task<> { EXPECT_EQ(co_await ask(out, io, target.port(), "hello"), "hello"); });
}

TEST(BlockOutbound, RefusesEverything) {
  asio::io_context io;
  block out("block");
  test::run(io, [&]() -> task<> {
    const auto opened = co_await open(out, io, 80);
    EXPECT_FALSE(opened.has_value());
    EXPECT_EQ(opened.has_error() ? opened.error() : error_code{}, errc::blocked);
  });
}

}  // namespace
}  // namespace anytls::outbound
