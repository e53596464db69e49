// What OpenSSL does not have is refused before anything is sent.
#include "base/tls_library.h"
#include "support/tls_pair.h"

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

TEST(openssl, says_what_it_does_not_have) {
  EXPECT_STREQ(built_on().name, "OpenSSL");
  EXPECT_FALSE(built_on().chrome_hello || built_on().ech);
}

TEST(openssl, a_client_that_is_to_use_ech_is_not_made) {
  auto options = test::client_defaults();
  options.ech.enabled = true;
  EXPECT_EQ(client_context::make(options).error(), errc::ech_unavailable);
  EXPECT_EQ(blame(options), error_code(errc::ech_unavailable).message());
  options.ech = {};
  EXPECT_TRUE(client_context::make(options));
}

TEST(openssl, a_server_with_ech_keys_is_not_made) {
  auto options = test::server_defaults();
  options.ech_key_pem = "-----BEGIN ECH KEYS-----\n";
  EXPECT_EQ(server_context::make(options).error(), errc::ech_unavailable);
  EXPECT_EQ(blame(options),
            "ECH keys (inline): this build is on OpenSSL, which has no Encrypted ClientHello");
  EXPECT_EQ(make_ech_keys("example.org").error(), errc::ech_unavailable);
}

TEST(openssl, with_chromes_hello_only_its_alpn_is_offered) {
  asio::io_context io(1);
  test::run(io, [&]() -> task<> {
    auto server = test::server_defaults();
    server.alpn = {"h2"};
    const auto pair = co_await test::tls_pair(test::client_defaults(), server);
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.client ? pair.client->alpn() : "-", "h2");
  });
}

}  // namespace
}  // namespace anytls::tls
