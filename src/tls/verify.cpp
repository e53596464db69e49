#include "tls/verify.h"

#include "tls/der.h"
#include "tls/trust_store.h"

#include <openssl/err.h>

#include <algorithm>

namespace anytls::tls {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

errc cause(int x509_error) noexcept {
  switch (x509_error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return errc::certificate_expired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return errc::certificate_wrong_name;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // a root of the same name, but not the one
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_STORE_LOOKUP:
      return errc::certificate_untrusted;
    default:
      return errc::certificate_invalid;
  }
}

bool set_name(X509_VERIFY_PARAM* param, const expected_name& of) {
  // Names live in the SAN alone; a star stands for a whole label.
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!of.address.empty())
    return X509_VERIFY_PARAM_set1_ip(param, of.address.data(), of.address.size()) == 1;
  return X509_VERIFY_PARAM_set1_host(param, of.name.data(), of.name.size()) == 1;
}

// A pin may be of an issuer that the server shows too, as with mihomo. It then is the only one that
// is trusted, and what it has issued is looked at as ever.
error_code verify_by_issuer(const sha256_digest& pin, const chain& shown, const expected_name& of) {
  const auto all = certificates(shown);
  if (!all) return errc::certificate_invalid;
  for (std::size_t i = 1; i < length(shown); ++i) {
    auto* issuer = sk_X509_value(all.get(), static_cast<int>(i));
    if (digest_of(issuer) != pin) continue;
    if (of.empty()) return errc::certificate_wrong_name;
    X509_up_ref(issuer);
    std::vector<x509_ptr> anchors;
    anchors.emplace_back(issuer);
    const auto failure = verify_chain(store_of(anchors).get(), shown, purpose::server, &of);
    ERR_clear_error();
    return failure;
  }
  return errc::certificate_wrong_pin;
}

}  // namespace

error_code verify_chain(X509_STORE* store, const chain& shown, purpose of,
                        const expected_name* names) {
  const auto parsed = certificates(shown);
  if (!parsed) return errc::certificate_invalid;

  const char* usage = of == purpose::server ? "ssl_server" : "ssl_client";
  owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context ||
      !X509_STORE_CTX_init(context.get(), store, sk_X509_value(parsed.get(), 0), parsed.get()) ||
      !X509_STORE_CTX_set_default(context.get(), usage) ||
      (names && !set_name(X509_STORE_CTX_get0_param(context.get()), *names))) {
    return errc::certificate_invalid;
  }
  demand_strength(*X509_STORE_CTX_get0_param(context.get()));
  if (X509_verify_cert(context.get()) == 1) return {};
  return cause(X509_STORE_CTX_get_error(context.get()));
}

bool has_key(const chain& shown, const std::vector<sha256_digest>& keys) {
  const auto parsed = leaf(shown);
  std::uint8_t* der = nullptr;
  const int size = parsed ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed.get()), &der) : 0;
  ERR_clear_error();
  if (size <= 0) return false;
  const owned<std::uint8_t> owner(der);
  const auto digest = sha256({der, static_cast<std::size_t>(size)});
  return std::find(keys.begin(), keys.end(), digest) != keys.end();
}

std::optional<sha256_digest> parse_pin(std::string_view text) {
  sha256_digest out;
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ':' && size > 0) {
      ++i;
      if (i == text.size()) return std::nullopt;
      continue;
    }
    if (size == out.size() || i + 1 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[size++] = static_cast<std::uint8_t>(high << 4 | low);
    i += 2;
  }
  if (size != out.size()) return std::nullopt;
  return out;
}

error_code verify(const trust& by, const chain* shown, std::string_view as) {
  if (!shown || length(*shown) == 0) return errc::certificate_invalid;
  const auto of = as.empty() ? by.expected() : expected_name{as, {}};
  if (!by.keys.empty() && !has_key(*shown, by.keys)) return errc::certificate_wrong_key;
  if (by.pin && leaf_digest(*shown) != *by.pin) return verify_by_issuer(*by.pin, *shown, of);
  if (by.pinned() || by.insecure) return {};
  // Without a name any certificate of any site would do.
  if (of.empty()) return errc::certificate_wrong_name;
  const auto failure =
      verify_chain(by.anchors ? by.anchors.get() : system_trust(), *shown, purpose::server, &of);
  ERR_clear_error();
  return failure;
}

bool trusts_chain(const trust& by, X509* leaf) {
  if (by.pin) return !leaf || digest_of(leaf) != *by.pin;
  return !by.insecure && by.keys.empty();
}

std::uint8_t alert_for(error_code failure) noexcept {
  if (failure == errc::certificate_expired || failure == errc::client_certificate_expired)
    return SSL_AD_CERTIFICATE_EXPIRED;
  if (failure == errc::certificate_untrusted || failure == errc::client_certificate_untrusted)
    return SSL_AD_UNKNOWN_CA;
  return SSL_AD_BAD_CERTIFICATE;
}

}  // namespace anytls::tls
