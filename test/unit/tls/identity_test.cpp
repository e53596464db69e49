// What a server with several certificates shows to whom, on real handshakes.

#include "tls/identity.h"
#include "chain.h"
#include "support/tls_pair.h"

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

const test::authority& ca() {
  static const test::authority instance;
  return instance;
}

identity_source certificate_for(const std::string& names) {
  test::leaf_options leaf;
  leaf.alternative_names = names;
  const auto pair = ca().issue(leaf);
  return {pair.certificate_pem, {}, pair.key_pem, {}};
}

/// The fingerprint of what the server shows to a client that asks for this name.
std::string shown(const std::shared_ptr<server_context>& server, const std::string& name,
                  version v = version::tls1_3) {
  asio::io_context io(1);
  std::string out;
  test::run(io, [&]() -> task<> {
    client_options client;
    client.server_name = name;
    client.insecure = true;
    client.max = v;
    auto pair = co_await test::handshake(co_await test::connected_sockets(),
                                         client_context::make(client).value(), server);
    EXPECT_EQ(pair.client_error, error_code{});
    if (pair.client) out = pair.client->peer_certificate_sha256();
  });
  return out;
}

std::string fingerprint(const identity_source& of) {
  return certificate_sha256(of.certificate_pem);
}

TEST(identity, is_chosen_by_the_name_that_the_client_asks_for) {
  const auto first = certificate_for("DNS:a.example"), second = certificate_for("DNS:b.example"),
             wild = certificate_for("DNS:*.b.example,DNS:c.example");
  server_options options;
  options.certificate_pem = first.certificate_pem;
  options.key_pem = first.key_pem;
  options.more_identities = {second, wild};
  const auto server = server_context::make(options).value();
  for (const auto v : {version::tls1_2, version::tls1_3}) {
    EXPECT_EQ(shown(server, "a.example", v), fingerprint(first));
    EXPECT_EQ(shown(server, "B.example", v), fingerprint(second));
    EXPECT_EQ(shown(server, "x.b.example", v), fingerprint(wild));
    EXPECT_EQ(shown(server, "c.example", v), fingerprint(wild));
  }
}

TEST(identity, is_the_first_one_for_other_names_and_for_none) {
  const auto first = certificate_for("DNS:a.example"), second = certificate_for("DNS:b.example");
  server_options options;
  options.more_identities = {first, second};
  const auto server = server_context::make(options).value();
  EXPECT_EQ(shown(server, "other.example"), fingerprint(first));
  EXPECT_EQ(shown(server, "127.0.0.1"), fingerprint(first));
  EXPECT_EQ(shown(server, ""), fingerprint(first));
}

TEST(identity, of_several_can_be_resumed) {
  asio::io_context io(1);
  test::run(io, [&]() -> task<> {
    auto options = test::server_defaults();
    options.more_identities.push_back(certificate_for("DNS:b.example"));
    const auto server = server_context::make(options).value();
    client_options wanted;
    wanted.server_name = "b.example";
    wanted.insecure = true;
    const auto client = client_context::make(wanted).value();
    for (const bool again : {false, true}) {
      auto pair = co_await test::handshake(co_await test::connected_sockets(), client, server);
      EXPECT_EQ(pair.client_error, error_code{});
      if (!pair.client || !pair.server) co_return;
      EXPECT_EQ(pair.client->resumed(), again);
      pair.server->close();
      co_await test::read_error(*pair.client);
    }
  });
}

TEST(identity, all_of_them_must_be_good) {
  auto options = test::server_defaults();
  auto broken = certificate_for("DNS:b.example");
  broken.key_pem = certificate_for("DNS:c.example").key_pem;
  options.more_identities = {broken};
  const auto made = server_context::make(options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), errc::key_mismatch);
}

TEST(identity, what_is_wrong_is_said_of_the_right_one_and_shows_no_key) {
  auto options = test::server_defaults();
  EXPECT_EQ(blame(options), "");
  auto broken = certificate_for("DNS:b.example");
  broken.key_pem = certificate_for("DNS:c.example").key_pem;
  options.more_identities = {broken};
  EXPECT_EQ(blame(options), "TLS key (inline): the private key does not belong to the certificate");
  options.more_identities = {{{}, "/nonexistent/b.pem", {}, "/nonexistent/b.key"}};
  EXPECT_EQ(blame(options),
            "cannot read the TLS certificate /nonexistent/b.pem: No such file or directory");
  client_options client;
  client.identity = {broken.certificate_pem, {}, "nonsense", {}};
  EXPECT_EQ(blame(client), "TLS client key (inline): not a PEM private key");
}

}  // namespace
}  // namespace anytls::tls
