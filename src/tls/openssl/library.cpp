#include "tls/library.h"

#include "tls/der.h"

#include <openssl/err.h>

#include <algorithm>
#include <ctime>
#include <string>

namespace anytls::tls {
namespace {

/// P256 -> P-256; other names are the library's own.
std::string group_name(std::string_view name) {
  std::string out(name);
  if (name == "P256" || name == "P384" || name == "P521") out.insert(1, "-");
  return out;
}

// As many as BoringSSL allows.
constexpr std::intptr_t most_without_data = 32;

int without_data_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::intptr_t without_data(const SSL* ssl) noexcept {
  return reinterpret_cast<std::intptr_t>(SSL_get_ex_data(ssl, without_data_index()));
}

/// Called for each record: counts those without data since the last that had some. TLS 1.3 hides
/// what a record holds from its header.
void on_record(int sent, int, int what, const void* start, std::size_t, SSL* ssl, void*) {
  if (sent || (what != SSL3_RT_HEADER && what != SSL3_RT_INNER_CONTENT_TYPE) || SSL_in_init(ssl))
    return;
  if (what == SSL3_RT_HEADER && SSL_version(ssl) >= TLS1_3_VERSION) return;
  const bool data = *static_cast<const std::uint8_t*>(start) == SSL3_RT_APPLICATION_DATA;
  const auto before = without_data(ssl);
  if (!data || before > 0)
    SSL_set_ex_data(ssl, without_data_index(), reinterpret_cast<void*>(data ? 0 : before + 1));
}

bool give(SSL* to, const credential& what) {
  return SSL_use_cert_and_key(to, what.leaf.get(), what.key.get(), what.issuers.get(), 1) == 1;
}

}  // namespace

SSL_CTX* new_context() {
  auto* made = SSL_CTX_new(TLS_method());
  if (!made) return nullptr;
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Nobody who idles owns buffers; what we show is what the file holds, no more.
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_msg_callback(made, on_record);
  // A server that asks for certificates takes tickets only with a context of their own.
  constexpr unsigned char name[] = {'a', 'n', 'y', 't', 'l', 's'};
  SSL_CTX_set_session_id_context(made, name, sizeof name);
  return made;
}

SSL* new_connection(SSL_CTX* of) { return SSL_new(of); }

// The library takes a connection that ends without close_notify for one whose tickets are of no
// use, as SSL 3.0 had it.
void free_connection(SSL* ssl) noexcept {
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl);
}

bool floods(const SSL& ssl) noexcept { return without_data(&ssl) > most_without_data; }

void send_tickets(SSL&) {}  // they are part of the handshake

bool allow_suites(SSL_CTX* on, std::span<const std::string_view> names) {
  std::string rule;
  for (const auto name : names)
    (rule += rule.empty() ? "" : ":") += OPENSSL_cipher_name(std::string(name).c_str());
  return SSL_CTX_set_cipher_list(on, rule.c_str()) == 1;
}

bool allow_groups(SSL_CTX* on, std::span<const std::string_view> names) {
  std::string rule;
  for (const auto name : names) (rule += rule.empty() ? "" : ":") += group_name(name);
  return SSL_CTX_set1_groups_list(on, rule.c_str()) == 1;
}

error_code meaning_of(int reason) noexcept {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_INAPPROPRIATE_FALLBACK:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_WRONG_SSL_VERSION:
      return errc::tls_version;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return errc::tls_alpn;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      return errc::tls_algorithms;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return errc::client_certificate_required;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return errc::tls_not_tls;
    default:
      return {};
  }
}

void set_verifier(SSL_CTX* on, int mode, verifier_function by) {
  SSL_CTX_set_verify(on, mode, nullptr);
  SSL_CTX_set_cert_verify_callback(on, by, nullptr);
}

int error_for_alert(std::uint8_t alert) noexcept {
  switch (alert) {
    case SSL_AD_CERTIFICATE_EXPIRED:
      return X509_V_ERR_CERT_HAS_EXPIRED;
    case SSL_AD_UNKNOWN_CA:
      return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    default:
      return X509_V_ERR_CERT_REJECTED;
  }
}

const chain* shown_by_peer(const SSL& ssl) { return SSL_get_peer_cert_chain(&ssl); }

std::size_t length(const chain& of) noexcept {
  return static_cast<std::size_t>(std::max(sk_X509_num(&of), 0));
}

sha256_digest leaf_digest(const chain& of) {
  return digest_of(sk_X509_value(&of, 0)).value_or(sha256_digest{});
}

x509_ptr leaf(const chain& of) {
  auto* first = sk_X509_value(&of, 0);
  X509_up_ref(first);
  return x509_ptr(first);
}

owned<STACK_OF(X509)> certificates(const chain& of) {
  return owned<STACK_OF(X509)>(X509_chain_up_ref(const_cast<chain*>(&of)));
}

// The library asks for it in its own verification only, which ours replaces.
void demand_strength(X509_VERIFY_PARAM& of) {
  static const int level = [] {
    const owned<SSL_CTX> as_configured(SSL_CTX_new(TLS_method()));
    return as_configured ? SSL_CTX_get_security_level(as_configured.get()) : 2;
  }();
  X509_VERIFY_PARAM_set_auth_level(&of, level);
}

x509_ptr leaf(const SSL_SESSION& of) {
  auto* shown = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(&of));
  if (shown) X509_up_ref(shown);
  return x509_ptr(shown);
}

std::optional<std::int64_t> posix_seconds(const ASN1_TIME& time) {
  std::tm parts{};
  if (!ASN1_TIME_to_tm(&time, &parts)) return std::nullopt;
  return timegm(&parts);
}

credential_ptr make_credential(const std::vector<x509_ptr>& certificates, EVP_PKEY& key) {
  auto out = std::make_unique<credential>();
  out->issuers.reset(sk_X509_new_null());
  if (!out->issuers) return nullptr;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    auto* one = certificates[i].get();
    X509_up_ref(one);
    x509_ptr owner(one);
    if (i == 0)
      out->leaf = std::move(owner);
    else if (sk_X509_push(out->issuers.get(), one) > 0)
      static_cast<void>(owner.release());
    else
      return nullptr;
  }
  EVP_PKEY_up_ref(&key);
  out->key.reset(&key);
  // Only the library knows what it takes.
  const owned<SSL_CTX> trial(SSL_CTX_new(TLS_method()));
  return trial && show(trial.get(), *out) ? std::move(out) : nullptr;
}

bool show(SSL_CTX* by, credential& what) {
  return SSL_CTX_use_cert_and_key(by, what.leaf.get(), what.key.get(), what.issuers.get(), 1) == 1;
}

// Of each kind of key the library holds one, the last that it was given.
bool show(SSL* by, std::span<credential* const> what) {
  return std::all_of(what.rbegin(), what.rend(), [&](auto* one) { return give(by, *one); });
}

// Not the library's callback for a ClientHello: that one comes before it has read the name.
void set_chooser(SSL_CTX* of, chooser choose) {
  SSL_CTX_set_cert_cb(
      of, [](SSL* ssl, void* by) { return reinterpret_cast<chooser>(by)(ssl) ? 1 : 0; },
      reinterpret_cast<void*>(choose));
}

}  // namespace anytls::tls
