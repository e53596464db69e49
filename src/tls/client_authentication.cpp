#include "tls/client_authentication.h"

#include "tls/pem.h"
#include "tls/trust_store.h"
#include "tls/verify.h"

#include <openssl/err.h>

#include <boost/asio/error.hpp>

#include <utility>

namespace anytls::tls {
namespace {

using type = client_authentication::type;

int asked_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// The library calls this when the server has asked, before it looks for something to show.
int on_question(SSL* ssl, void*) {
  return SSL_set_ex_data(ssl, asked_index(), ssl);  // anything that is not null
}

error_code read_roots(const client_authentication& how, std::vector<x509_ptr>& into) {
  std::vector<std::string> texts;
  if (!how.roots_pem.empty()) texts.push_back(how.roots_pem);
  for (const auto& path : how.roots_paths) {
    auto text = text_or_file({}, path);
    if (!text) return text.error();
    texts.push_back(std::move(*text));
  }
  for (const auto& text : texts) {
    auto some = read_certificates(text);
    if (some.empty()) return errc::bad_certificate_file;
    for (auto& one : some) into.push_back(std::move(one));
  }
  return {};
}

}  // namespace

result<client_trust> ask_clients(const client_authentication& how, verifier_function by,
                                 SSL_CTX* on) {
  client_trust out;
  if (how.wanted == type::no) return out;
  if (how.verifies()) {
    std::vector<x509_ptr> roots;
    if (const auto failure = read_roots(how, roots)) return failure;
    if (!roots.empty()) out.anchors = store_of(roots);
    out.keys = how.public_keys_sha256;
    if (roots.empty() && out.keys.empty()) return error_code(boost::asio::error::invalid_argument);
    // A resumed handshake shows no certificate: one that has expired since would go on for as long
    // as its tickets do.
    SSL_CTX_set_options(on, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(on, 0);
  }
  const bool must = how.wanted == type::require_any || how.wanted == type::require_and_verify;
  set_verifier(on, must ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER, by);
  return out;
}

error_code verify_client(const client_trust& by, const chain* shown) {
  if (!shown || length(*shown) == 0) return errc::client_certificate_required;
  if (!by.keys.empty() && !has_key(*shown, by.keys)) return errc::client_certificate_refused;
  if (!by.anchors) return {};
  const auto failure = verify_chain(by.anchors.get(), *shown, purpose::client, nullptr);
  ERR_clear_error();
  if (!failure) return {};
  if (failure == errc::certificate_untrusted) return errc::client_certificate_untrusted;
  if (failure == errc::certificate_expired) return errc::client_certificate_expired;
  return errc::client_certificate_refused;
}

void notice_questions(SSL_CTX* of) { SSL_CTX_set_cert_cb(of, on_question, nullptr); }

error_code certificate_alert(const SSL* ssl, int reason, bool shown) {
  const bool asked = SSL_get_ex_data(ssl, asked_index()) != nullptr;
  if (!asked) return {};
  switch (reason - SSL_AD_REASON_OFFSET) {
    case SSL_AD_CERTIFICATE_REQUIRED:
      return errc::client_certificate_required;
    // What servers of TLS 1.2 say to whoever shows nothing: Go the first, OpenSSL the second.
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_HANDSHAKE_FAILURE:
      return shown ? errc::client_certificate_refused : errc::client_certificate_required;
    case SSL_AD_UNKNOWN_CA:
      return errc::client_certificate_untrusted;
    case SSL_AD_CERTIFICATE_EXPIRED:
      return errc::client_certificate_expired;
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_ACCESS_DENIED:
      return errc::client_certificate_refused;
    default:
      return {};
  }
}

}  // namespace anytls::tls
