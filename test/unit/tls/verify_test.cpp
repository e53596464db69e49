// What a client says about every kind of wrong certificate, on real handshakes.

#include "tls/verify.h"
#include "chain.h"
#include "support/tls_pair.h"
#include "tls/pem.h"

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

using test::authority;

const authority& ca() {
  static const authority instance;
  return instance;
}

client_options trusting(const std::string& pem, std::string name = "test.example") {
  client_options out;
  out.server_name = std::move(name);
  out.certificate_pem = pem;
  return out;
}

/// What the client says to a server with this certificate, the same with both versions.
error_code said(const std::string& certificate_pem, const std::string& key_pem,
                client_options client) {
  std::vector<error_code> answers;
  for (const auto v : {version::tls1_2, version::tls1_3}) {
    asio::io_context io(1);
    test::run(io, [&]() -> task<> {
      server_options server;
      server.certificate_pem = certificate_pem;
      server.key_pem = key_pem;
      server.min = server.max = v;
      auto sockets = co_await test::connected_sockets();
      auto outcome = co_await test::handshake(std::move(sockets), client, server);
      answers.push_back(outcome.client_error);
      if (outcome.client_error) {
        EXPECT_EQ(outcome.server_error, errc::tls_handshake_failed);
      } else {
        EXPECT_EQ(outcome.server_error, error_code{});
      }
    });
  }
  EXPECT_EQ(answers.size(), 2u);
  if (answers.empty()) return errc::tls_handshake_timeout;
  EXPECT_EQ(answers.front(), answers.back());
  return answers.back();
}

error_code said(const test::leaf_options& leaf, std::string name = "test.example") {
  const auto pair = ca().issue(leaf);
  return said(pair.certificate_pem, pair.key_pem,
              trusting(ca().certificate_pem(), std::move(name)));
}

error_code said(const key_pair& server, client_options client) {
  return said(server.certificate_pem, server.key_pem, std::move(client));
}

const error_code good;

TEST(verify, a_chain_to_a_trusted_root_is_good) { EXPECT_EQ(said(test::leaf_options{}), good); }

TEST(verify, an_unknown_root_is_untrusted) {
  const auto leaf = ca().issue();
  const authority other("Other"), namesake;
  EXPECT_EQ(said(leaf.certificate_pem, leaf.key_pem, trusting(other.certificate_pem())),
            errc::certificate_untrusted);
  EXPECT_EQ(said(leaf.certificate_pem, leaf.key_pem, trusting(namesake.certificate_pem())),
            errc::certificate_untrusted);
}

TEST(verify, the_systems_roots_do_not_know_a_self_made_certificate) {
  EXPECT_EQ(said(test::test_certificate(), trusting("")), errc::certificate_untrusted);
}

TEST(verify, a_self_made_certificate_that_is_trusted_is_good) {
  EXPECT_EQ(said(test::test_certificate(), test::client_defaults()), good);
}

TEST(verify, a_trusted_leaf_ends_the_chain) {
  const auto leaf = ca().issue();
  EXPECT_EQ(said(leaf.certificate_pem, leaf.key_pem, trusting(leaf.certificate_pem)), good);
}

TEST(verify, expired) {
  test::leaf_options leaf;
  leaf.days = -1;
  EXPECT_EQ(said(leaf), errc::certificate_expired);
  const auto own = make_self_signed("test.example", -1).value();
  EXPECT_EQ(said(own, trusting(own.certificate_pem)), errc::certificate_expired);
}

TEST(verify, not_yet_valid) {
  test::leaf_options leaf;
  leaf.starts_in_days = 2;
  EXPECT_EQ(said(leaf), errc::certificate_expired);
}

TEST(verify, wrong_name) {
  EXPECT_EQ(said(test::leaf_options{}, "other.example"), errc::certificate_wrong_name);
  EXPECT_EQ(said(test::leaf_options{}, "127.0.0.1"), errc::certificate_wrong_name);
}

TEST(verify, a_common_name_is_not_a_name) {
  test::leaf_options leaf;
  leaf.alternative_names = "";
  leaf.common_name = "test.example";
  EXPECT_EQ(said(leaf), errc::certificate_wrong_name);
}

TEST(verify, a_wildcard_covers_one_label) {
  test::leaf_options leaf;
  leaf.alternative_names = "DNS:*.test.example";
  EXPECT_EQ(said(leaf, "a.test.example"), good);
  EXPECT_EQ(said(leaf, "a.b.test.example"), errc::certificate_wrong_name);
  leaf.alternative_names = "DNS:a*.test.example,DNS:*a.test.example";
  EXPECT_EQ(said(leaf, "aa.test.example"), errc::certificate_wrong_name);
}

TEST(verify, names_are_compared_without_case_and_final_dot) {
  EXPECT_EQ(said(test::leaf_options{}, "TEST.example."), good);
}

TEST(verify, an_address_is_looked_for_among_the_addresses) {
  test::leaf_options leaf;
  leaf.alternative_names = "IP:192.0.2.1,IP:2001:db8::1,DNS:192.0.2.9";
  EXPECT_EQ(said(leaf, "192.0.2.1"), good);
  EXPECT_EQ(said(leaf, "[2001:db8::1]"), good);
  EXPECT_EQ(said(leaf, "192.0.2.9"), errc::certificate_wrong_name);
}

TEST(verify, without_a_name_nothing_is_good_enough) {
  EXPECT_EQ(said(test::leaf_options{}, ""), errc::certificate_wrong_name);
}

TEST(verify, a_certificate_for_clients_is_invalid) {
  test::leaf_options leaf;
  leaf.for_clients = true;
  EXPECT_EQ(said(leaf), errc::certificate_invalid);
}

TEST(verify, insecure_takes_anything) {
  client_options o;
  o.insecure = true;
  EXPECT_EQ(said(test::test_certificate(), o), good);
  EXPECT_EQ(said(make_self_signed("x", -1).value(), o), good);
}

TEST(verify, the_right_pin_alone_is_enough) {
  client_options o;
  o.server_name = "other.example";
  const auto expired = make_self_signed("x", -1).value();
  o.certificate_sha256 = expired.sha256_hex;
  EXPECT_EQ(said(expired, o), good);
  o.insecure = true;
  EXPECT_EQ(said(expired, o), good);
}

TEST(verify, nothing_helps_against_a_wrong_pin) {
  auto o = test::client_defaults();
  o.certificate_sha256 = std::string(64, 'a');
  EXPECT_EQ(said(test::test_certificate(), o), errc::certificate_wrong_pin);
  o.insecure = true;
  EXPECT_EQ(said(test::test_certificate(), o), errc::certificate_wrong_pin);
}

error_code said_with_the_issuer_pinned(const test::leaf_options& options, const std::string& name,
                                       const std::string& shown_beside) {
  const auto leaf = ca().issue(options);
  client_options o;
  o.server_name = name;
  o.certificate_sha256 = certificate_sha256(ca().certificate_pem());
  return said(leaf.certificate_pem + shown_beside, leaf.key_pem, o);
}

TEST(verify, a_pin_of_an_issuer_trusts_what_it_has_issued_and_nothing_else) {
  const auto& root = ca().certificate_pem();
  EXPECT_EQ(said_with_the_issuer_pinned({}, "test.example", root), good);
  EXPECT_EQ(said_with_the_issuer_pinned({}, "other.example", root), errc::certificate_wrong_name);
  test::leaf_options expired;
  expired.days = -1;
  expired.starts_in_days = -2;
  EXPECT_EQ(said_with_the_issuer_pinned(expired, "test.example", root), errc::certificate_expired);
  EXPECT_EQ(said_with_the_issuer_pinned({}, "test.example", ""), errc::certificate_wrong_pin);
}

TEST(verify, tickets_end_with_the_certificate_where_a_chain_was_trusted) {
  const auto pem = ca().issue().certificate_pem;
  const auto shown = read_certificates(pem);
  auto* leaf = shown.front().get();
  trust by;
  EXPECT_TRUE(trusts_chain(by, leaf));
  by.insecure = true;
  EXPECT_FALSE(trusts_chain(by, leaf));
  by.pin = parse_pin(certificate_sha256(pem));
  EXPECT_FALSE(trusts_chain(by, leaf));
  by.pin = parse_pin(certificate_sha256(ca().certificate_pem()));
  EXPECT_TRUE(trusts_chain(by, leaf));
}

TEST(verify, an_issuer_that_is_only_shown_beside_a_strange_leaf_does_not_help) {
  const auto strange = make_self_signed("test.example", 30).value();
  client_options o;
  o.server_name = "test.example";
  o.certificate_sha256 = certificate_sha256(ca().certificate_pem());
  EXPECT_EQ(said(strange.certificate_pem + ca().certificate_pem(), strange.key_pem, o),
            errc::certificate_untrusted);
}

}  // namespace
}  // namespace anytls::tls
