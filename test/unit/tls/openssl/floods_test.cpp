// What BoringSSL ends by itself: a peer that keeps us busy with key updates.
#include "support/tls_pair.h"
#include "tls/library.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace anytls::tls {
namespace {

using test::run;

/// A client that, after the handshake, changes its keys `times` times, asks us to do the same, and
/// sends `data` after each. It reads nothing.
class key_changer {
 public:
  key_changer(tcp_socket socket, int times, std::string_view data)
      : context_(client_context::make(test::client_defaults()).value()),
        socket_(std::move(socket)),
        thread_([this, times, data] { work(times, data); }) {}
  ~key_changer() { thread_.join(); }
  key_changer(const key_changer&) = delete;
  key_changer& operator=(const key_changer&) = delete;

 private:
  void work(int times, std::string_view data) {
    std::signal(SIGPIPE, SIG_IGN);  // the library writes with write()
    const owned<SSL> ssl(SSL_new(context_->native()));
    socket_.native_non_blocking(false);
    SSL_set_fd(ssl.get(), socket_.native_handle());
    bool going = SSL_connect(ssl.get()) == 1;
    EXPECT_TRUE(going);
    for (int i = 0; going && i < times; ++i) {
      SSL_key_update(ssl.get(), SSL_KEY_UPDATE_REQUESTED);
      going =
          SSL_do_handshake(ssl.get()) == 1 &&
          (data.empty() || SSL_write(ssl.get(), data.data(), static_cast<int>(data.size())) > 0);
    }
    SSL_shutdown(ssl.get());
  }

  std::shared_ptr<client_context> context_;
  tcp_socket socket_;
  std::thread thread_;
};

TEST(floods, of_key_updates_end_the_connection) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    const key_changer peer(std::move(sockets.client), 100'000, "");
    auto server = co_await stream::accept(
        std::move(sockets.server), server_context::make(test::server_defaults()).value(), 20s);
    EXPECT_TRUE(server);
    if (!server) co_return;
    EXPECT_EQ(co_await test::read_error(**server), errc::protocol_error);
    EXPECT_LT((*server)->held(), 256u * 1024);
    (*server)->abort();
  });
}

TEST(floods, are_not_key_updates_with_data_in_between) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    const key_changer peer(std::move(sockets.client), 200, "x");
    auto server = co_await stream::accept(
        std::move(sockets.server), server_context::make(test::server_defaults()).value(), 20s);
    EXPECT_TRUE(server);
    if (!server) co_return;
    const auto got = co_await test::read_exactly(**server, 200);
    EXPECT_EQ(got.first, bytes(200, 'x'));
    EXPECT_EQ(co_await test::read_error(**server), asio::error::eof);
  });
}

}  // namespace
}  // namespace anytls::tls
