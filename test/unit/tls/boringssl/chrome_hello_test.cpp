// What Chrome's hello promises is kept. That it is Chrome's is for test/browser to show.
#include "tls/boringssl/brotli.h"

#include "support/tls_pair.h"

#include <brotli/encode.h>
#include <openssl/bytestring.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

using test::run;

bytes compressed(bytes_view text, int window = BROTLI_DEFAULT_WINDOW) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 1024;
  bytes out(size);
  EXPECT_TRUE(BrotliEncoderCompress(5, window, BROTLI_MODE_GENERIC, text.size(), text.data(), &size,
                                    out.data()));
  out.resize(size);
  return out;
}

/// What the decoder makes of `in` where the peer has announced `size` bytes; nullopt = refused.
std::optional<bytes> decompressed(bytes_view in, std::size_t size) {
  CRYPTO_BUFFER* out = nullptr;
  if (!brotli::decompress_certificate(nullptr, &out, size, in.data(), in.size())) {
    EXPECT_EQ(out, nullptr);
    return std::nullopt;
  }
  const bssl::UniquePtr<CRYPTO_BUFFER> owner(out);
  return bytes(CRYPTO_BUFFER_data(out), CRYPTO_BUFFER_data(out) + CRYPTO_BUFFER_len(out));
}

bytes some_text(std::size_t size) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * i >> 7);
  return out;
}

TEST(brotli, gives_back_what_was_compressed) {
  for (const std::size_t size : {0u, 1u, 700u, 5000u, 100u * 1024})
    for (const int window : {10, 22, 24})
      EXPECT_EQ(decompressed(compressed(some_text(size), window), size), some_text(size)) << size;
}

TEST(brotli, refuses_another_size_than_was_announced) {
  const auto packed = compressed(some_text(5000));
  EXPECT_FALSE(decompressed(packed, 4999));
  EXPECT_FALSE(decompressed(packed, 5001));
  EXPECT_FALSE(decompressed(packed, 0));
}

TEST(brotli, refuses_what_is_cut_off_or_followed_by_more) {
  auto packed = compressed(some_text(5000));
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(decompressed(bytes_view(packed).first(size), 5000)) << size;
  packed.push_back(0);
  EXPECT_FALSE(decompressed(packed, 5000));
}

TEST(brotli, survives_every_byte_being_another) {
  const auto packed = compressed(some_text(300));
  for (std::size_t at = 0; at < packed.size(); ++at)
    for (int value = 0; value < 256; value += 3) {
      auto bad = packed;
      bad[at] = static_cast<std::uint8_t>(value);
      decompressed(bad, 300);
    }
}

TEST(brotli, a_stream_that_wants_more_memory_than_any_chain_is_refused) {
  constexpr std::size_t size = 4 * brotli::most_memory;
  const auto packed = compressed(bytes(size), 24);
  EXPECT_LT(packed.size(), 1000u);
  EXPECT_FALSE(decompressed(packed, size)) << "its window alone is as large";
  EXPECT_FALSE(decompressed(packed, 100 * 1024));
}

int compressions = 0;

int compress(SSL*, CBB* out, const std::uint8_t* in, std::size_t size) {
  ++compressions;
  const auto packed = compressed({in, size});
  return CBB_add_bytes(out, packed.data(), packed.size());
}

int compress_badly(SSL*, CBB* out, const std::uint8_t* in, std::size_t size) {
  auto packed = compressed({in, size});
  packed[packed.size() / 2] ^= 0xff;
  return CBB_add_bytes(out, packed.data(), packed.size());
}

class chrome : public testing::Test {
 protected:
  task<test::tls_outcome> shake(client_options options = test::client_defaults()) {
    co_return co_await test::handshake(co_await test::connected_sockets(),
                                       client_context::make(std::move(options)).value(), server_);
  }
  void serve(server_options options) { server_ = server_context::make(std::move(options)).value(); }

  asio::io_context io_{1};
  std::shared_ptr<server_context> server_ = server_context::make(test::server_defaults()).value();
};

TEST_F(chrome, a_certificate_that_comes_compressed_is_verified_like_any_other) {
  SSL_CTX_add_cert_compression_alg(server_->native(), TLSEXT_cert_compression_brotli, compress,
                                   nullptr);
  run(io_, [&]() -> task<> {
    compressions = 0;
    auto pair = co_await shake();
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(compressions, 1);
    EXPECT_EQ(pair.client ? pair.client->peer_certificate_sha256() : "",
              test::test_certificate().sha256_hex);
    auto distrustful = test::client_defaults();
    distrustful.certificate_pem = make_self_signed("test.example", 1).value().certificate_pem;
    EXPECT_EQ((co_await shake(distrustful)).client_error, errc::certificate_untrusted);
    EXPECT_EQ(compressions, 2);
  });
}

TEST_F(chrome, a_certificate_that_is_compressed_wrongly_ends_the_handshake) {
  SSL_CTX_add_cert_compression_alg(server_->native(), TLSEXT_cert_compression_brotli,
                                   compress_badly, nullptr);
  run(io_,
      [&]() -> task<> { EXPECT_EQ((co_await shake()).client_error, errc::tls_handshake_failed); });
}

TEST_F(chrome, the_plain_hello_asks_for_no_compression) {
  SSL_CTX_add_cert_compression_alg(server_->native(), TLSEXT_cert_compression_brotli, compress,
                                   nullptr);
  run(io_, [&]() -> task<> {
    compressions = 0;
    auto options = test::client_defaults();
    options.hello = hello::plain;
    EXPECT_EQ((co_await shake(options)).client_error, error_code{});
    EXPECT_EQ(compressions, 0);
  });
}

TEST_F(chrome, a_server_that_knows_one_old_group_only_is_reached_by_a_second_hello) {
  constexpr std::uint16_t old = SSL_GROUP_SECP384R1;
  SSL_CTX_set1_group_ids(server_->native(), &old, 1);
  run(io_, [&]() -> task<> {
    auto pair = co_await shake();
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.client ? pair.client->version_name() : "", "TLSv1.3");
  });
}

TEST_F(chrome, an_h2_server_with_application_settings_is_understood) {
  auto options = test::server_defaults();
  options.alpn = {"h2"};
  serve(options);
  SSL_CTX_set_select_certificate_cb(server_->native(), [](const SSL_CLIENT_HELLO* hello) {
    const std::uint8_t settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    SSL_add_application_settings(hello->ssl, as_bytes("h2").data(), 2, settings, sizeof settings);
    return ssl_select_cert_success;
  });
  run(io_, [&]() -> task<> {
    auto pair = co_await shake();
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.client ? pair.client->alpn() : "", "h2");
    const bytes one{1};
    co_await test::write_all(*pair.server, one);
    EXPECT_EQ((co_await test::read_exactly(*pair.client, 1)).first, one);
  });
}

TEST_F(chrome, a_server_with_an_alpn_of_its_own_refuses_and_takes_the_connection_without) {
  auto options = test::server_defaults();
  options.alpn = {"anytls"};
  serve(options);
  run(io_, [&]() -> task<> {
    auto context = client_context::make(test::client_defaults()).value();
    auto pair = co_await test::handshake(co_await test::connected_sockets(), context, server_);
    EXPECT_EQ(pair.client_error, errc::tls_alpn);
    EXPECT_EQ(pair.server_error, errc::tls_alpn);
    EXPECT_TRUE(context->guesses_alpn());
    EXPECT_TRUE(context->leave_alpn_out());
    EXPECT_FALSE(context->leave_alpn_out());
    EXPECT_FALSE(context->guesses_alpn());
    pair = co_await test::handshake(co_await test::connected_sockets(), context, server_);
    EXPECT_EQ(pair.client_error, error_code{});
    EXPECT_EQ(pair.client ? pair.client->alpn() : "-", "");
  });
}

TEST_F(chrome, an_alpn_that_was_configured_is_no_guess) {
  auto options = test::client_defaults();
  options.alpn = {"h2", "http/1.1"};
  EXPECT_FALSE(client_context::make(options).value()->guesses_alpn());
  options.alpn.clear();
  options.hello = hello::plain;
  EXPECT_FALSE(client_context::make(options).value()->guesses_alpn());
}

}  // namespace
}  // namespace anytls::tls
