#pragma once
// OpenSSL's part of tls/library.h. Of 3.0 and later.

#include "tls/verdict.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace anytls::tls {

struct deleter {
  void operator()(ASN1_STRING* p) const noexcept { ASN1_STRING_free(p); }
  void operator()(BASIC_CONSTRAINTS* p) const noexcept { BASIC_CONSTRAINTS_free(p); }
  void operator()(BIGNUM* p) const noexcept { BN_free(p); }
  void operator()(BIO* p) const noexcept { BIO_free(p); }
  void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const noexcept { EVP_PKEY_CTX_free(p); }
  void operator()(GENERAL_NAME* p) const noexcept { GENERAL_NAME_free(p); }
  void operator()(GENERAL_NAMES* p) const noexcept { GENERAL_NAMES_free(p); }
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  void operator()(STACK_OF(ASN1_OBJECT) * p) const noexcept { EXTENDED_KEY_USAGE_free(p); }
  void operator()(STACK_OF(X509) * p) const noexcept { sk_X509_pop_free(p, X509_free); }
  void operator()(X509* p) const noexcept { X509_free(p); }
  void operator()(X509_EXTENSION* p) const noexcept { X509_EXTENSION_free(p); }
  void operator()(X509_STORE* p) const noexcept { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const noexcept { X509_STORE_CTX_free(p); }
  void operator()(unsigned char* p) const noexcept { OPENSSL_free(p); }
};

template <typename T>
using owned = std::unique_ptr<T, deleter>;

using chain = STACK_OF(X509);

struct credential {
  owned<X509> leaf;
  owned<STACK_OF(X509)> issuers;
  owned<EVP_PKEY> key;
};
using credential_ptr = std::unique_ptr<credential>;

/// Whether the peer has sent nothing but key updates and alerts for some time. Each costs us keys
/// or an answer, and the library would go on with them.
bool floods(const SSL& ssl) noexcept;

using judge = error_code (*)(SSL* ssl, const chain* shown);
using verifier_function = int (*)(X509_STORE_CTX* about, void*);

/// The library's code of an error that makes it send this alert.
int error_for_alert(std::uint8_t alert) noexcept;

template <judge Judge>
int verifier(X509_STORE_CTX* about, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(about, SSL_get_ex_data_X509_STORE_CTX_idx()));
  // The peer's whole chain: on a server SSL_get_peer_cert_chain() would leave the leaf out.
  const auto failure = Judge(ssl, X509_STORE_CTX_get0_untrusted(about));
  X509_STORE_CTX_set_error(about, failure ? error_for_alert(alert_for(failure)) : X509_V_OK);
  if (failure) remember_verdict(ssl, failure);
  return failure ? 0 : 1;
}

}  // namespace anytls::tls
