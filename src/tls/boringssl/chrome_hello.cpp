#include "tls/chrome_hello.h"

#include "base/bytes.h"
#include "tls/boringssl/brotli.h"

#include <openssl/ssl.h>

#include <array>
#include <span>

namespace anytls::tls::chrome {
namespace {

// Without 3DES and without CBC with ECDSA; TLS 1.3 has its own three.
constexpr const char* ciphers = "ALL:!aPSK:!ECDSA+SHA1:!3DES";

constexpr std::array<std::uint16_t, 4> groups{SSL_GROUP_X25519_MLKEM768, SSL_GROUP_X25519,
                                              SSL_GROUP_SECP256R1, SSL_GROUP_SECP384R1};

constexpr std::array<std::uint16_t, 11> signatures{SSL_SIGN_ML_DSA_44,
                                                   SSL_SIGN_ML_DSA_65,
                                                   SSL_SIGN_ML_DSA_87,
                                                   SSL_SIGN_ECDSA_SECP256R1_SHA256,
                                                   SSL_SIGN_RSA_PSS_RSAE_SHA256,
                                                   SSL_SIGN_RSA_PKCS1_SHA256,
                                                   SSL_SIGN_ECDSA_SECP384R1_SHA384,
                                                   SSL_SIGN_RSA_PSS_RSAE_SHA384,
                                                   SSL_SIGN_RSA_PKCS1_SHA384,
                                                   SSL_SIGN_RSA_PSS_RSAE_SHA512,
                                                   SSL_SIGN_RSA_PKCS1_SHA512};

/// Trust anchors of one authority: what their identifiers (object identifiers below 1.3.6.1.4.1)
/// have in common, and the last numbers.
struct authority {
  std::span<const std::uint8_t> prefix;
  std::span<const std::uint8_t> anchors;
};

constexpr std::uint8_t first[]{0x82, 0xdf, 0x13, 2};  // 44947.2
constexpr std::uint8_t of_first[]{1, 6, 13, 14, 15, 18, 19, 20};
constexpr std::uint8_t second[]{0x83, 0x9a, 0x64, 0x8c, 0x9b, 0x2d, 1};  // 52580.200109.1
constexpr std::uint8_t of_second[]{7, 8, 9, 10, 11, 12, 13, 18, 19};
constexpr std::uint8_t third[]{0xd6, 0x79, 9};  // 11129.9
constexpr std::uint8_t of_third[]{1, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15};

constexpr authority requested[]{{first, of_first}, {second, of_second}, {third, of_third}};

/// Chrome's roots as their servers know them. A server that has several chains may choose one by
/// them; no more than that, what is trusted is decided as ever.
bytes trust_anchors() {
  bytes out;
  for (const auto& [prefix, anchors] : requested)
    for (const auto last : anchors) {
      out.push_back(static_cast<std::uint8_t>(prefix.size() + 1));
      append(out, prefix);
      out.push_back(last);
    }
  return out;
}

}  // namespace

bool prepare(SSL_CTX& ctx) {
  SSL_CTX_set_grease_enabled(&ctx, 1);
  SSL_CTX_set_permute_extensions(&ctx, 1);
  SSL_CTX_enable_ocsp_stapling(&ctx);
  SSL_CTX_enable_signed_cert_timestamps(&ctx);
  const auto anchors = trust_anchors();
  return SSL_CTX_set_strict_cipher_list(&ctx, ciphers) == 1 &&
         SSL_CTX_set1_group_ids(&ctx, groups.data(), groups.size()) == 1 &&
         SSL_CTX_set_verify_algorithm_prefs(&ctx, signatures.data(), signatures.size()) == 1 &&
         SSL_CTX_set1_requested_trust_anchors(&ctx, anchors.data(), anchors.size()) == 1 &&
         SSL_CTX_add_cert_compression_alg(&ctx, TLSEXT_cert_compression_brotli, nullptr,
                                          brotli::decompress_certificate) == 1;
}

bool prepare(SSL& ssl, bool h2) {
  SSL_set_enable_ech_grease(&ssl, 1);
  // Chrome's settings of h2 are empty too.
  return !h2 || SSL_add_application_settings(&ssl, as_bytes("h2").data(), 2, nullptr, 0) == 1;
}

}  // namespace anytls::tls::chrome
