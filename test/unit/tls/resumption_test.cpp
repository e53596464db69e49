// Handshakes with tickets of earlier ones.
#include "support/tls_pair.h"

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

using test::run;

struct both_ends {
  std::shared_ptr<client_context> client;
  std::shared_ptr<server_context> server;

  explicit both_ends(client_options c = test::client_defaults(),
                     server_options s = test::server_defaults())
      : client(client_context::make(std::move(c)).value()),
        server(server_context::make(std::move(s)).value()) {}

  /// One connection that carries a byte each way, so that tickets arrive. Whether it was resumed.
  task<bool> connect() {
    auto pair = co_await test::handshake(co_await test::connected_sockets(), client, server);
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.server_error, error_code{});
    if (!pair.client || !pair.server) co_return false;
    EXPECT_EQ(pair.client->resumed(), pair.server->resumed());
    const bytes one{1};
    co_await test::write_all(*pair.client, one);
    EXPECT_EQ((co_await test::read_exactly(*pair.server, 1)).first, one);
    co_await test::write_all(*pair.server, one);
    EXPECT_EQ((co_await test::read_exactly(*pair.client, 1)).first, one);
    co_return pair.client->resumed();
  }
};

class resumption : public testing::TestWithParam<version> {
 protected:
  static client_options options() {
    auto out = test::client_defaults();
    out.max = GetParam();
    return out;
  }
  asio::io_context io_{1};
};
INSTANTIATE_TEST_SUITE_P(tls, resumption, testing::Values(version::tls1_2, version::tls1_3),
                         [](const auto& i) {
                           return i.param == version::tls1_2 ? "tls12" : "tls13";
                         });

TEST_P(resumption, each_connection_after_the_first_is_resumed) {
  run(io_, [&]() -> task<> {
    both_ends ends(options());
    EXPECT_FALSE(co_await ends.connect());
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(co_await ends.connect()) << i;
  });
}

TEST_P(resumption, off_means_never) {
  run(io_, [&]() -> task<> {
    auto client = options();
    client.resumption = false;
    both_ends ends(client);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(co_await ends.connect()) << i;
    EXPECT_EQ(ends.client->tickets().size(), 0u);
  });
}

TEST_P(resumption, a_server_that_has_forgotten_its_keys_gets_a_whole_handshake) {
  run(io_, [&]() -> task<> {
    both_ends ends(options());
    EXPECT_FALSE(co_await ends.connect());
    ends.server = server_context::make(test::server_defaults()).value();  // restarted
    EXPECT_FALSE(co_await ends.connect());
    EXPECT_TRUE(co_await ends.connect());
  });
}

TEST_P(resumption, another_certificate_is_looked_at) {
  run(io_, [&]() -> task<> {
    both_ends ends(options());
    EXPECT_FALSE(co_await ends.connect());
    const auto other = make_self_signed("test.example", 30).value();
    server_options impostor;
    impostor.certificate_pem = other.certificate_pem;
    impostor.key_pem = other.key_pem;
    const auto theirs = server_context::make(impostor).value();
    auto pair = co_await test::handshake(co_await test::connected_sockets(), ends.client, theirs);
    EXPECT_EQ(pair.client_error, errc::certificate_untrusted);
    EXPECT_EQ(ends.client->tickets().size(), 0u) << "after a failure nothing special is asked for";
  });
}

TEST_P(resumption, contexts_share_nothing) {
  run(io_, [&]() -> task<> {
    both_ends ends(options());
    EXPECT_FALSE(co_await ends.connect());
    auto trusting_all = options();
    trusting_all.insecure = true;
    both_ends others(trusting_all);
    others.server = ends.server;
    EXPECT_FALSE(co_await others.connect());
  });
}

TEST(resumption_of_tls13, a_ticket_comes_with_the_handshake_and_nothing_else_does) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    both_ends ends;
    auto pair =
        co_await test::handshake(co_await test::connected_sockets(), ends.client, ends.server);
    EXPECT_EQ(pair.server->backlog(), 0u);
    EXPECT_EQ(pair.server->held(), 0u);
    EXPECT_FALSE(co_await pair.client->wait_readable());
    bytes room(100);
    const auto got = pair.client->read_some(room);
    EXPECT_EQ(got.size, 0u);
    EXPECT_FALSE(got.error);
    EXPECT_EQ(ends.client->tickets().size(), 1u);
  });
}

TEST(resumption_of_tls13, tickets_are_used_once) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    both_ends ends;
    EXPECT_FALSE(co_await ends.connect());
    EXPECT_EQ(ends.client->tickets().size(), 1u);
    const auto ticket = ends.client->tickets().take();
    EXPECT_TRUE(ticket);
    EXPECT_EQ(ends.client->tickets().size(), 0u);
    EXPECT_FALSE(co_await ends.connect());
  });
}

TEST(resumption_of_tls13, parallel_connections_have_a_ticket_each) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    both_ends ends;
    std::vector<test::tls_outcome> pairs;
    for (int i = 0; i < 3; ++i)
      pairs.push_back(
          co_await test::handshake(co_await test::connected_sockets(), ends.client, ends.server));
    const bytes one{1};
    for (auto& pair : pairs) {
      EXPECT_FALSE(pair.client->resumed());
      co_await test::write_all(*pair.server, one);
      EXPECT_EQ((co_await test::read_exactly(*pair.client, 1)).first, one);
    }
    EXPECT_EQ(ends.client->tickets().size(), 3u);
    for (int i = 0; i < 3; ++i) {
      auto pair =
          co_await test::handshake(co_await test::connected_sockets(), ends.client, ends.server);
      EXPECT_TRUE(pair.client->resumed());
    }
    EXPECT_EQ(ends.client->tickets().size(), 0u);
  });
}

TEST(resumption_of_tls13, a_ticket_outlives_neither_the_certificate_nor_its_place) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    both_ends ends;
    EXPECT_FALSE(co_await ends.connect());
    const auto now = std::chrono::system_clock::now();
    auto& store = ends.client->tickets();
    auto ticket = store.take(now + std::chrono::hours(24 * 29));  // of the thirty days
    EXPECT_TRUE(ticket);
    const auto end = certificate_end(*ticket);
    EXPECT_GT(end, now + std::chrono::hours(24 * 29));
    EXPECT_LT(end, now + std::chrono::hours(24 * 31));
    store.put(std::move(ticket), end);
    EXPECT_FALSE(store.take(end)) << "the certificate has ended";
    EXPECT_EQ(store.size(), 0u);

    std::vector<session_ptr> many;
    while (many.size() < ticket_store::most + 5) {
      EXPECT_FALSE(co_await ends.connect());
      many.push_back(store.take());
      EXPECT_TRUE(many.back());
    }
    for (auto& one : many) store.put(std::move(one), end);
    EXPECT_EQ(store.size(), std::size_t{ticket_store::most});
  });
}

TEST(resumption_of_tls13, a_client_keeps_its_context_until_the_ticket_has_come) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto ends = std::make_unique<both_ends>();
    auto pair =
        co_await test::handshake(co_await test::connected_sockets(), ends->client, ends->server);
    ends.reset();
    const bytes one{1};
    co_await test::write_all(*pair.server, one);
    EXPECT_EQ((co_await test::read_exactly(*pair.client, 1)).first, one);
  });
}

}  // namespace
}  // namespace anytls::tls
