// Certificates of clients: what servers want, what clients show, and what either says when they do
// not agree.

#include "chain.h"
#include "support/tls_pair.h"
#include "tls/pem.h"

#include <gtest/gtest.h>

#include <openssl/x509.h>

namespace anytls::tls {
namespace {

using type = client_authentication::type;

const test::authority& ca() {
  static const test::authority instance("Clients");
  return instance;
}

identity_source issued_by(const test::authority& issuer, int days = 30) {
  test::leaf_options leaf;
  leaf.alternative_names = "";
  leaf.for_clients = true;
  leaf.days = days;
  const auto pair = issuer.issue(leaf);
  return {pair.certificate_pem, {}, pair.key_pem, {}};
}

sha256_digest key_of(const std::string& pem) {
  const auto certificate = std::move(read_certificates(pem).front());
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  const owned<std::uint8_t> owner(der);
  return sha256({der, static_cast<std::size_t>(size)});
}

struct outcome {
  error_code client;  ///< of the handshake, or of the first read
  error_code server;
  bool operator==(const outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const outcome& o) {
  return out << "client: " << o.client.message() << ", server: " << o.server.message();
}

outcome meet(version v, const client_authentication& wanted, const identity_source& shown) {
  asio::io_context io(1);
  outcome out;
  test::run(io, [&]() -> task<> {
    auto client = test::client_defaults();
    client.identity = shown;
    client.max = v;
    auto server = test::server_defaults();
    server.clients = wanted;
    auto pair = co_await test::handshake(co_await test::connected_sockets(), client, server);
    out = {pair.client_error, pair.server_error};
    // In TLS 1.3 a client hears of it when it reads.
    if (pair.client && !pair.server) out.client = co_await test::read_error(*pair.client);
  });
  return out;
}

class client_certificates : public testing::TestWithParam<version> {
 protected:
  outcome meets(type wanted, const identity_source& shown) const {
    client_authentication how;
    how.wanted = wanted;
    how.roots_pem = ca().certificate_pem();
    return meet(GetParam(), how, shown);
  }
};
INSTANTIATE_TEST_SUITE_P(handshake, client_certificates,
                         testing::Values(version::tls1_2, version::tls1_3), [](const auto& i) {
                           return i.param == version::tls1_2 ? "tls12" : "tls13";
                         });

const outcome good{};
const identity_source none;

TEST_P(client_certificates, are_not_asked_for_without_need) {
  EXPECT_EQ(meets(type::no, none), good);
  EXPECT_EQ(meets(type::no, issued_by(ca())), good);
}

TEST_P(client_certificates, may_be_missing_where_they_are_only_requested) {
  const auto stranger = issued_by(test::authority("Stranger"));
  EXPECT_EQ(meets(type::request, none), good);
  EXPECT_EQ(meets(type::request, stranger), good);
}

TEST_P(client_certificates, of_any_kind_do_where_any_is_required) {
  const auto stranger = issued_by(test::authority("Stranger"));
  const outcome missing{errc::client_certificate_required, errc::client_certificate_required};
  EXPECT_EQ(meets(type::require_any, stranger), good);
  EXPECT_EQ(meets(type::require_any, none), missing);
}

TEST_P(client_certificates, are_verified_if_they_are_given) {
  const auto stranger = issued_by(test::authority("Stranger"));
  const outcome unknown{errc::client_certificate_untrusted, errc::client_certificate_untrusted};
  EXPECT_EQ(meets(type::verify_if_given, none), good);
  EXPECT_EQ(meets(type::verify_if_given, issued_by(ca())), good);
  EXPECT_EQ(meets(type::verify_if_given, stranger), unknown);
}

TEST_P(client_certificates, must_be_given_and_good) {
  const outcome missing{errc::client_certificate_required, errc::client_certificate_required};
  const outcome old{errc::client_certificate_expired, errc::client_certificate_expired};
  EXPECT_EQ(meets(type::require_and_verify, issued_by(ca())), good);
  EXPECT_EQ(meets(type::require_and_verify, none), missing);
  EXPECT_EQ(meets(type::require_and_verify, issued_by(ca(), -1)), old);
}

TEST_P(client_certificates, for_servers_only_are_refused) {
  test::leaf_options leaf;
  leaf.for_servers = true;
  const auto pair = ca().issue(leaf);
  const outcome refused{errc::client_certificate_refused, errc::client_certificate_refused};
  EXPECT_EQ(meets(type::require_and_verify, {pair.certificate_pem, {}, pair.key_pem, {}}), refused);
}

TEST_P(client_certificates, of_a_known_key_need_no_issuer) {
  const auto known = issued_by(test::authority("Nobody"), -1), other = issued_by(ca());
  client_authentication how;
  how.wanted = type::require_and_verify;
  how.public_keys_sha256 = {key_of(test::test_certificate().certificate_pem),
                            key_of(known.certificate_pem)};
  const outcome refused{errc::client_certificate_refused, errc::client_certificate_refused};
  EXPECT_EQ(meet(GetParam(), how, known), good);
  EXPECT_EQ(meet(GetParam(), how, other), refused);
  how.wanted = type::verify_if_given;
  EXPECT_EQ(meet(GetParam(), how, none), good);
}

TEST_P(client_certificates, are_looked_at_in_every_handshake) {
  asio::io_context io(1);
  test::run(io, [&]() -> task<> {
    auto server = test::server_defaults();
    server.clients.wanted = type::require_and_verify;
    server.clients.roots_pem = ca().certificate_pem();
    auto client = test::client_defaults();
    client.identity = issued_by(ca());
    client.max = GetParam();
    const auto ours = client_context::make(client).value();
    const auto theirs = server_context::make(server).value();
    for (int i = 0; i < 2; ++i) {
      auto pair = co_await test::handshake(co_await test::connected_sockets(), ours, theirs);
      EXPECT_EQ(pair.client_error, error_code{});
      if (!pair.client || !pair.server) co_return;
      EXPECT_FALSE(pair.client->resumed());
      pair.server->close();
      co_await test::read_error(*pair.client);
    }
  });
}

TEST(client_certificates_of_a_server, need_something_to_be_verified_by) {
  auto server = test::server_defaults();
  server.clients.wanted = type::verify_if_given;
  EXPECT_EQ(server_context::make(server).error(), asio::error::invalid_argument);
  server.clients.roots_pem = "nonsense";
  EXPECT_EQ(server_context::make(server).error(), errc::bad_certificate_file);
  server.clients.roots_pem.clear();
  server.clients.roots_paths = {"/nonexistent/ca.pem"};
  EXPECT_EQ(server_context::make(server).error(), errc::unreadable_file);
  EXPECT_EQ(
      blame(server),
      "cannot read the TLS client certificate /nonexistent/ca.pem: No such file or directory");
}

TEST(pinned_keys, of_a_server_are_enough_and_are_needed) {
  asio::io_context io(1);
  test::run(io, [&]() -> task<> {
    client_options client;
    client.public_keys_sha256 = {{}, key_of(test::test_certificate().certificate_pem)};
    auto pair = co_await test::tls_pair(client);
    EXPECT_EQ(pair.client_error, error_code{});
    client.public_keys_sha256 = {{}};
    pair = co_await test::tls_pair(client);
    EXPECT_EQ(pair.client_error, errc::certificate_wrong_key);
    client.insecure = true;
    pair = co_await test::tls_pair(client);
    EXPECT_EQ(pair.client_error, errc::certificate_wrong_key);
  });
}

}  // namespace
}  // namespace anytls::tls
