#include "support/tls_pair.h"
#include "support/tls_relay.h"

#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

using test::run;

task<> send_text(tcp_socket& to, std::string text) {
  co_await asio::async_write(to, asio::buffer(text), use_result);
}

/// A client of ours against a peer that says `answer` and closes.
error_code client_meets(std::string answer) {
  asio::io_context io(1);
  error_code out;
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    co_await send_text(sockets.server, answer);
    sockets.server.shutdown(tcp_socket::shutdown_send);
    auto context = client_context::make(test::client_defaults()).value();
    auto made = co_await stream::connect(std::move(sockets.client), context, 5s);
    out = made ? error_code{} : made.error();
  });
  return out;
}

/// A server of ours against a client that says `hello` and, if asked, closes.
error_code server_meets(std::string hello, bool closes = true) {
  asio::io_context io(1);
  error_code out;
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    co_await send_text(sockets.client, hello);
    if (closes) sockets.client.shutdown(tcp_socket::shutdown_send);
    auto context = server_context::make(test::server_defaults()).value();
    auto made = co_await stream::accept(std::move(sockets.server), context, 5s);
    out = made ? error_code{} : made.error();
  });
  return out;
}

class both_versions : public testing::TestWithParam<version> {};
INSTANTIATE_TEST_SUITE_P(handshake, both_versions,
                         testing::Values(version::tls1_2, version::tls1_3), [](const auto& i) {
                           return i.param == version::tls1_2 ? "tls12" : "tls13";
                         });

TEST_P(both_versions, succeeds_and_knows_its_facts) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto client = test::client_defaults();
    client.max = GetParam();
    auto pair = co_await test::tls_pair(client);
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.server_error, error_code{});
    if (!pair.client || !pair.server) co_return;
    const auto name = GetParam() == version::tls1_2 ? "TLSv1.2" : "TLSv1.3";
    EXPECT_EQ(pair.client->version_name(), name);
    EXPECT_EQ(pair.server->version_name(), name);
    EXPECT_EQ(pair.client->alpn(), "");
    EXPECT_FALSE(pair.client->resumed());
    EXPECT_EQ(pair.client->peer_certificate_sha256(), test::test_certificate().sha256_hex);
    EXPECT_EQ(pair.server->peer_certificate_sha256(), "");
    EXPECT_GT(pair.client->handshake_rtt(), 0ns);
    EXPECT_GT(pair.server->handshake_rtt(), 0ns);
    EXPECT_LT(pair.client->handshake_rtt(), 10s);
    EXPECT_EQ(pair.client->peer().substr(0, 10), "127.0.0.1:");
    EXPECT_GE(pair.client->native_handle(), 0);
  });
}

TEST_P(both_versions, survives_one_byte_at_a_time) {
  asio::io_context io(1);
  test::relay_log log;
  log.piece = 1;
  run(io, [&]() -> task<> {
    auto client = test::client_defaults();
    client.max = GetParam();
    auto pair = co_await test::handshake(co_await test::relayed_sockets(log), client);
    EXPECT_EQ(pair.client_error, error_code{});
    if (!pair.client || !pair.server) co_return;
    const bytes data(3000, 7);
    co_await test::write_all(*pair.client, data);
    const auto got = co_await test::read_exactly(*pair.server, data.size());
    EXPECT_EQ(got.first, data);
    pair.client->close();
    EXPECT_EQ(co_await test::read_error(*pair.server), asio::error::eof);
    pair.server->close();
  });
}

TEST_P(both_versions, fails_wherever_the_connection_ends_within) {
  // 1 byte, within the hello's header, within the hello, after it, within the second flight.
  for (const std::size_t cut : {0, 1, 4, 100, 160, 300}) {
    asio::io_context io(1);
    test::relay_log log;
    log.stop_after_up = cut;
    run(io, [&]() -> task<> {
      auto client = test::client_defaults();
      client.max = GetParam();
      auto pair = co_await test::handshake(co_await test::relayed_sockets(log), client);
      if (log.up.size() < cut) {
        EXPECT_EQ(cut, 300u);  // the client's whole part was shorter
        co_return;
      }
      EXPECT_EQ(pair.server_error, errc::tls_handshake_failed) << cut;
    });
  }
}

TEST(handshake, without_a_common_version_says_so) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto client = test::client_defaults();
    client.max = version::tls1_2;
    auto server = test::server_defaults();
    server.min = version::tls1_3;
    auto pair = co_await test::tls_pair(client, server);
    EXPECT_EQ(pair.client_error, errc::tls_version);
    EXPECT_EQ(pair.server_error, errc::tls_version);
    client = test::client_defaults();
    client.min = version::tls1_3;
    server = test::server_defaults();
    server.max = version::tls1_2;
    pair = co_await test::tls_pair(client, server);
    EXPECT_EQ(pair.client_error, errc::tls_version);
    EXPECT_EQ(pair.server_error, errc::tls_version);
  });
}

TEST(handshake, client_tells_what_is_not_tls) {
  EXPECT_EQ(client_meets("HTTP/1.1 400 Bad Request\r\n\r\n"), errc::tls_not_tls);
  EXPECT_EQ(client_meets("SSH-2.0-OpenSSH_9.2\r\n"), errc::tls_not_tls);
  EXPECT_EQ(client_meets(std::string(1000, '\0')), errc::tls_not_tls);
  EXPECT_EQ(client_meets("\x05\x01"), errc::tls_not_tls);
}

TEST(handshake, client_tells_a_peer_that_leaves) {
  EXPECT_EQ(client_meets(""), errc::tls_handshake_failed);
  EXPECT_EQ(client_meets(std::string("\x16\x03\x03", 3)), errc::tls_handshake_failed);
  EXPECT_EQ(client_meets(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)),
            errc::tls_handshake_failed);  // alert 40
  EXPECT_EQ(client_meets(std::string("\x15\x03\x03\x00\x02\x02\x46", 7)),
            errc::tls_version);  // alert 70
}

TEST(handshake, server_tells_what_is_not_tls) {
  EXPECT_EQ(server_meets("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), errc::tls_not_tls);
  EXPECT_EQ(server_meets("GET / HTTP/1.1\r\nHost: a\r\n\r\n", false), errc::tls_not_tls);
  EXPECT_EQ(server_meets("CONNECT a:1 HTTP/1.1\r\n\r\n"), errc::tls_not_tls);
  EXPECT_EQ(server_meets("OPTIONS * HTTP/1.1\r\n\r\n"), errc::tls_not_tls);
  EXPECT_EQ(server_meets("\x05\x01"), errc::tls_not_tls);
  EXPECT_EQ(server_meets(std::string(5000, 'x')), errc::tls_not_tls);
}

TEST(handshake, server_tells_a_client_that_leaves) {
  EXPECT_EQ(server_meets(""), errc::tls_handshake_failed);
  EXPECT_EQ(server_meets(std::string("\x16\x03\x01\x02\x00\x01", 6)), errc::tls_handshake_failed);
}

TEST(handshake, a_reset_is_a_failed_handshake) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    sockets.client.set_option(asio::socket_base::linger(true, 0));
    sockets.client.close();
    auto context = server_context::make(test::server_defaults()).value();
    auto made = co_await stream::accept(std::move(sockets.server), context, 5s);
    EXPECT_EQ(made.error(), errc::tls_handshake_failed);
  });
}

TEST(handshake, ends_at_its_deadline_and_closes) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    auto context = client_context::make(test::client_defaults()).value();
    const auto begin = clock::now();
    auto made = co_await stream::connect(std::move(sockets.client), context, 50ms);
    EXPECT_EQ(made.error(), errc::tls_handshake_timeout);
    EXPECT_LT(clock::now() - begin, 5s);
    // The hello came, then the end.
    bytes room(4096);
    error_code error;
    while (!error) {
      auto [e, n] = co_await sockets.server.async_read_some(asio::buffer(room), use_result);
      error = e;
    }
    EXPECT_EQ(error, asio::error::eof);
  });
}

TEST(handshake, deadline_also_ends_a_client_that_drips) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto sockets = co_await test::connected_sockets();
    auto context = server_context::make(test::server_defaults()).value();
    const auto here = co_await asio::this_coro::executor;
    auto dripping = std::make_shared<tcp_socket>(std::move(sockets.client));
    asio::co_spawn(
        here,
        [dripping]() -> task<> {
          const std::uint8_t hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01,
                                        0x00, 0x01, 0xfc, 0x03, 0x03};
          timer pause(dripping->get_executor());
          for (std::size_t i = 0;; ++i) {
            auto [e, n] = co_await dripping->async_write_some(
                asio::buffer(&hello[std::min<std::size_t>(i, 10)], 1), use_result);
            if (e) co_return;
            pause.expires_after(10ms);
            co_await pause.async_wait(use_result);
          }
        },
        asio::detached);
    auto made = co_await stream::accept(std::move(sockets.server), context, 150ms);
    EXPECT_EQ(made.error(), errc::tls_handshake_timeout);
  });
}

TEST(handshake, agrees_on_a_protocol) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto client = test::client_defaults();
    auto server = test::server_defaults();
    client.alpn = {"h2", "http/1.1"};
    auto pair = co_await test::tls_pair(client, server);
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.client ? pair.client->alpn() : "-", "");
    server.alpn = {"http/1.1"};
    pair = co_await test::tls_pair(client, server);
    EXPECT_EQ(pair.client ? pair.client->alpn() : "-", "http/1.1");
    EXPECT_EQ(pair.server ? pair.server->alpn() : "-", "http/1.1");
    server.alpn = {"other"};
    pair = co_await test::tls_pair(client, server);
    EXPECT_EQ(pair.client_error, errc::tls_alpn);
    EXPECT_EQ(pair.server_error, errc::tls_alpn);
    client.alpn = {};
    client.hello = hello::plain;
    pair = co_await test::tls_pair(client, server);
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.server_error, error_code{});
  });
}

bool hello_contains(client_options options, std::string_view text) {
  asio::io_context io(1);
  test::relay_log log;
  run(io,
      [&]() -> task<> { co_await test::handshake(co_await test::relayed_sockets(log), options); });
  const auto hello = bytes_view(log.up).first(
      std::min<std::size_t>(log.up.size(), 5 + get_u16(log.up.data() + 3)));
  return as_text(hello).find(text) != std::string_view::npos;
}

TEST(handshake, sends_the_name_only_where_it_is_one) {
  auto options = test::client_defaults();
  EXPECT_TRUE(hello_contains(options, "test.example"));
  options.disable_sni = true;
  EXPECT_FALSE(hello_contains(options, "test.example"));
  options = {};
  options.server_name = "127.0.0.1";
  options.insecure = true;
  EXPECT_FALSE(hello_contains(options, "127.0.0.1"));
}

TEST(handshake, offers_the_protocols_of_chrome_or_those_that_are_asked_for) {
  constexpr std::string_view of_chrome = "\x02h2\x08http/1.1";
  auto options = test::client_defaults();
  EXPECT_TRUE(hello_contains(options, of_chrome));
  options.hello = hello::plain;
  EXPECT_FALSE(hello_contains(options, "http/1.1"));
  options.alpn = {"h2", "http/1.1"};
  EXPECT_TRUE(hello_contains(options, of_chrome));
  options.hello = hello::chrome;
  options.alpn = {"other"};
  EXPECT_TRUE(hello_contains(options, "\x05other"));
  EXPECT_FALSE(hello_contains(options, "http/1.1"));
}

}  // namespace
}  // namespace anytls::tls
