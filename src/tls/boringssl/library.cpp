#include "tls/library.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/mem.h>

#include <algorithm>
#include <array>
#include <string>

namespace anytls::tls {
namespace {

/// Identical certificates of all connections of the process share one copy.
CRYPTO_BUFFER_POOL* buffer_pool() noexcept {
  static auto* pool =
      CRYPTO_BUFFER_POOL_new();  // never freed: contexts may outlive static destructors
  return pool;
}

/// The certificate's DER as the library's connections want it.
owned<CRYPTO_BUFFER> to_buffer(X509& certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(&certificate, &der);
  if (size <= 0) return nullptr;
  const owned<std::uint8_t> owner(der);
  return owned<CRYPTO_BUFFER>(
      CRYPTO_BUFFER_new(der, static_cast<std::size_t>(size), buffer_pool()));
}

struct group {
  std::string_view name;
  std::uint16_t number;
};
constexpr std::array<group, 5> groups{{{"X25519MLKEM768", SSL_GROUP_X25519_MLKEM768},
                                       {"X25519", SSL_GROUP_X25519},
                                       {"P256", SSL_GROUP_SECP256R1},
                                       {"P384", SSL_GROUP_SECP384R1},
                                       {"P521", SSL_GROUP_SECP521R1}}};

}  // namespace

SSL_CTX* new_context() {
  auto* made = SSL_CTX_new(TLS_with_buffers_method());
  // A thousand connections to one server hold its chain once.
  if (made) SSL_CTX_set1_buffer_pool(made, buffer_pool());
  return made;
}

SSL* new_connection(SSL_CTX* of) {
  auto* made = SSL_new(of);
  // What only the handshake needs is freed after it. Valid because renegotiation is never allowed
  // (the default).
  if (made) SSL_set_shed_handshake_config(made, 1);
  return made;
}

void free_connection(SSL* ssl) noexcept { SSL_free(ssl); }

// The library holds them back until a server first writes; this writes nothing but them. So they
// leave when other servers' do, and nobody who idles owns any.
void send_tickets(SSL& ssl) { SSL_write(&ssl, "", 0); }

bool allow_suites(SSL_CTX* on, std::span<const std::string_view> names) {
  std::string rule;
  for (const auto name : names) (rule += rule.empty() ? "" : ":") += name;
  return SSL_CTX_set_strict_cipher_list(on, rule.c_str()) == 1;
}

bool allow_groups(SSL_CTX* on, std::span<const std::string_view> names) {
  std::vector<std::uint16_t> numbers;
  for (const auto name : names) {
    const auto* const found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.name == name; });
    if (found == groups.end()) return false;
    numbers.push_back(found->number);
  }
  return SSL_CTX_set1_group_ids(on, numbers.data(), numbers.size()) == 1;
}

error_code meaning_of(int reason) noexcept {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_INAPPROPRIATE_FALLBACK:
      return errc::tls_version;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return errc::tls_alpn;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUP:
    case SSL_R_NO_COMMON_SIGNATURE_ALGORITHMS:
      return errc::tls_algorithms;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return errc::client_certificate_required;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return errc::tls_not_tls;
    case SSL_R_ECH_REJECTED:
      return errc::ech_rejected;
    case SSL_R_UNUSABLE_ECH_CONFIG_LIST:
      return errc::bad_ech_config;
    default:
      return {};
  }
}

void set_verifier(SSL_CTX* on, int mode, verifier_function by) {
  SSL_CTX_set_custom_verify(on, mode, by);
}

const chain* shown_by_peer(const SSL& ssl) { return SSL_get0_peer_certificates(&ssl); }

std::size_t length(const chain& of) noexcept { return sk_CRYPTO_BUFFER_num(&of); }

sha256_digest leaf_digest(const chain& of) {
  const auto* first = sk_CRYPTO_BUFFER_value(&of, 0);
  return sha256({CRYPTO_BUFFER_data(first), CRYPTO_BUFFER_len(first)});
}

x509_ptr leaf(const chain& of) {
  return x509_ptr(X509_parse_from_buffer(sk_CRYPTO_BUFFER_value(&of, 0)));
}

owned<STACK_OF(X509)> certificates(const chain& of) {
  owned<STACK_OF(X509)> parsed(sk_X509_new_null());
  for (std::size_t i = 0; parsed && i < sk_CRYPTO_BUFFER_num(&of); ++i) {
    x509_ptr certificate(X509_parse_from_buffer(sk_CRYPTO_BUFFER_value(&of, i)));
    if (!certificate || !bssl::PushToStack(parsed.get(), std::move(certificate))) return nullptr;
  }
  return parsed;
}

void demand_strength(X509_VERIFY_PARAM&) {}  // the library knows no digests that are broken

x509_ptr leaf(const SSL_SESSION& of) {
  const auto* shown = SSL_SESSION_get0_peer_certificates(&of);
  return shown && length(*shown) > 0 ? leaf(*shown) : nullptr;
}

std::optional<std::int64_t> posix_seconds(const ASN1_TIME& time) {
  std::int64_t seconds = 0;
  if (!ASN1_TIME_to_posix(&time, &seconds)) return std::nullopt;
  return seconds;
}

credential_ptr make_credential(const std::vector<x509_ptr>& certificates, EVP_PKEY& key) {
  std::vector<owned<CRYPTO_BUFFER>> owners;
  std::vector<CRYPTO_BUFFER*> buffers;
  for (const auto& certificate : certificates) {
    owners.push_back(to_buffer(*certificate));
    buffers.push_back(owners.back().get());
    if (!buffers.back()) return nullptr;
  }
  credential_ptr out(SSL_CREDENTIAL_new_x509());
  const bool taken =
      out && SSL_CREDENTIAL_set1_cert_chain(out.get(), buffers.data(), buffers.size()) == 1 &&
      SSL_CREDENTIAL_set1_private_key(out.get(), &key) == 1;
  return taken ? std::move(out) : nullptr;
}

bool show(SSL_CTX* by, credential& what) { return SSL_CTX_add1_credential(by, &what) == 1; }

bool show(SSL* by, std::span<credential* const> what) {
  return std::all_of(what.begin(), what.end(),
                     [&](auto* one) { return SSL_add1_credential(by, one) == 1; });
}

void set_chooser(SSL_CTX* of, chooser choose) {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  SSL_CTX_set_ex_data(of, index, reinterpret_cast<void*>(choose));
  SSL_CTX_set_select_certificate_cb(of, [](const SSL_CLIENT_HELLO* hello) {
    const auto chosen =
        reinterpret_cast<chooser>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(hello->ssl), index));
    return chosen(hello->ssl) ? ssl_select_cert_success : ssl_select_cert_error;
  });
}

}  // namespace anytls::tls
