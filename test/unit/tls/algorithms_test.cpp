// Cipher suites and key exchanges that a configuration allows, as the wire shows them.

#include "base/tls_library.h"
#include "support/tls_pair.h"
#include "support/tls_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace anytls::tls {
namespace {

using numbers = std::vector<std::uint16_t>;

constexpr std::uint16_t ecdsa_aes_128_gcm = 0xc02b, ecdsa_aes_256_cbc = 0xc00a;
constexpr std::uint16_t aes_128_gcm = 0x1301, aes_256_gcm = 0x1302, chacha20 = 0x1303;

struct offer {
  numbers suites, groups, versions;
};

numbers numbers_of(bytes_view list) {
  numbers out;
  for (; list.size() >= 2; list = list.subspan(2)) {
    const auto number = get_u16(list.data());
    const bool grease = (number & 0x0f0f) == 0x0a0a, signal = number == 0x00ff;  // RFC 5746
    if (!grease && !signal) out.push_back(number);
  }
  return out;
}

/// The ClientHello that a client with these options sends.
offer offered(const client_options& options) {
  asio::io_context io(1);
  test::relay_log log;
  test::run(io, [&]() -> task<> {
    co_await test::handshake(co_await test::relayed_sockets(log), options);
  });
  bytes_view rest(log.up);
  const auto skip = [&](std::size_t size) { rest = rest.subspan(std::min(size, rest.size())); };
  offer out;
  skip(5 + 4 + 2 + 32);
  skip(1 + rest[0]);
  const auto suites = get_u16(rest.data());
  out.suites = numbers_of(rest.subspan(2, suites));
  skip(2 + suites);
  skip(1 + rest[0]);
  std::size_t left = get_u16(rest.data());
  skip(2);
  while (left >= 4 && rest.size() >= 4) {
    const auto type = get_u16(rest.data());
    const std::size_t size = get_u16(rest.data() + 2);
    const auto body = rest.subspan(4, size);
    if (type == 10) out.groups = numbers_of(body.subspan(2));
    if (type == 43) out.versions = numbers_of(body.subspan(1));
    skip(4 + size);
    left -= 4 + size;
  }
  return out;
}

client_options with(algorithms allowed, version max = version::tls1_3) {
  auto out = test::client_defaults();
  out.allowed = std::move(allowed);
  out.max = max;
  return out;
}

TEST(algorithms, a_client_offers_the_suites_that_are_named_and_all_of_tls_1_3) {
  const auto hello = offered(with(
      {{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, {}}));
  EXPECT_THAT(hello.suites, testing::UnorderedElementsAre(aes_128_gcm, aes_256_gcm, chacha20,
                                                          ecdsa_aes_128_gcm, ecdsa_aes_256_cbc));
  const auto old =
      offered(with({{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, {}}, version::tls1_2));
  EXPECT_THAT(old.suites, testing::ElementsAre(ecdsa_aes_128_gcm));
}

TEST(algorithms, only_suites_of_tls_1_3_leave_tls_1_2_out) {
  const auto hello = offered(with({{"TLS_AES_128_GCM_SHA256"}, {}}));
  EXPECT_THAT(hello.versions, testing::ElementsAre(0x0304));
  EXPECT_EQ(client_context::make(with({{"TLS_AES_128_GCM_SHA256"}, {}}, version::tls1_2)).error(),
            asio::error::invalid_argument);
}

TEST(algorithms, a_client_offers_the_curves_that_are_named_best_first) {
  EXPECT_THAT(offered(with({{}, {"P521", "P384"}})).groups, testing::ElementsAre(24, 25));
  if (built_on().post_quantum_curve) {
    const auto hello = offered(with({{}, {"P521", "P384", "X25519MLKEM768"}}));
    EXPECT_THAT(hello.groups, testing::ElementsAre(0x11ec, 24, 25));
  }
  EXPECT_THAT(offered(with({{}, {"P256", "X25519"}})).groups, testing::ElementsAre(29, 23));
}

/// What a client hears from a server that allows one suite and one curve.
error_code met_by_a_strict_server(const client_options& client) {
  asio::io_context io(1);
  auto server = test::server_defaults();
  server.allowed = {{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}, {"P384"}};
  error_code out;
  test::run(io, [&]() -> task<> {
    auto pair = co_await test::handshake(co_await test::connected_sockets(), client, server);
    out = pair.client_error;
  });
  return out;
}

TEST(algorithms, a_server_takes_nothing_else) {
  const error_code good, failed = errc::tls_handshake_failed;
  EXPECT_EQ(met_by_a_strict_server(with({{}, {"P256"}})), failed);
  EXPECT_EQ(met_by_a_strict_server(with({{}, {"P256", "P384"}})), good);
  const algorithms other_suite{{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, {"P256", "P384"}};
  EXPECT_EQ(met_by_a_strict_server(with(other_suite, version::tls1_2)), failed);
  EXPECT_EQ(met_by_a_strict_server(with({}, version::tls1_2)), good);
}

TEST(algorithms, each_that_a_configuration_may_name_is_known) {
  for (const auto* suite :
       {"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
        "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"})
    EXPECT_TRUE(client_context::make(with({{suite}, {}}))) << suite;
  for (const auto* curve : {"P256", "P384", "P521", "X25519"})
    EXPECT_TRUE(client_context::make(with({{}, {curve}}))) << curve;
  EXPECT_EQ(client_context::make(with({{}, {"X25519MLKEM768"}})).has_value(),
            built_on().post_quantum_curve);
  for (const auto& unknown : {algorithms{{"TLS_NULL"}, {}}, algorithms{{}, {"P224"}}})
    EXPECT_EQ(client_context::make(with(unknown)).error(), asio::error::invalid_argument);
}

}  // namespace
}  // namespace anytls::tls
