#pragma once
// A client, a server and a target that echoes, all on one io_context and one thread, through the
// public API alone.

#include "anytls/client.h"
#include "anytls/log.h"
#include "anytls/server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>

namespace anytls::test {

namespace asio = boost::asio;
using asio::use_awaitable;
using namespace std::chrono_literals;

class public_rig {
 public:
  using tcp = asio::ip::tcp;

  explicit public_rig(std::string password = "right") {
    set_log_handler([](log_level, std::string_view) {}, log_level::off);
    static const auto own = make_self_signed_certificate("localhost");
    server_options serving;
    serving.listen = "127.0.0.1";
    serving.users = {{"somebody", "right"}};
    serving.certificate = own.certificate;
    serving.key = own.key;
    server.emplace(io, serving);
    options.server = "127.0.0.1";
    options.port = server->port();
    options.password = std::move(password);
    options.certificate_sha256 = own.sha256;
    asio::co_spawn(io, accept_loop(target), asio::detached);
  }
  ~public_rig() { set_log_handler({}); }

  client& start() { return clients.emplace(io, options); }

  std::uint16_t target_port() const { return target.local_endpoint().port(); }

  /// Runs `work`, ends all and sees that the io_context runs out of work, and soon.
  void run(asio::awaitable<void> work) {
    bool done = false;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr e) {
      done = true;
      end();
      if (e) std::rethrow_exception(e);
    });
    const auto limit = std::chrono::steady_clock::now() + 120s;  // sanitizers on a busy machine
    EXPECT_NO_THROW({
      while (!done && std::chrono::steady_clock::now() < limit) io.run_one_for(1s);
    });
    EXPECT_TRUE(done);
    io.run_for(8s);
    EXPECT_TRUE(io.stopped()) << "something is left on the io_context";
  }

  void end() {
    if (clients) clients->close();
    if (server) server->close();
    target.close();
    for (auto& one : targets) one->close();
  }

  asio::io_context io;
  client_options options;
  std::optional<anytls::server> server;
  std::optional<client> clients;
  tcp::acceptor target{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<std::shared_ptr<tcp::socket>> targets;

 private:
  asio::awaitable<void> accept_loop(tcp::acceptor& from) {
    for (;;) {
      auto socket = std::make_shared<tcp::socket>(co_await from.async_accept(use_awaitable));
      targets.push_back(socket);
      asio::co_spawn(io, echo(socket), asio::detached);
    }
  }
  static asio::awaitable<void> echo(std::shared_ptr<tcp::socket> socket) {
    std::array<char, 16384> buffer;
    for (;;) {
      const auto n = co_await socket->async_read_some(asio::buffer(buffer), use_awaitable);
      co_await asio::async_write(*socket, asio::buffer(buffer, n), use_awaitable);
    }
  }
};

}  // namespace anytls::test
