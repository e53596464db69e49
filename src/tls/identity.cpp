#include "tls/identity.h"

#include "tls/pem.h"

#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/x509v3.h>

#include <utility>

namespace anytls::tls {
namespace {

std::vector<std::string> dns_names(X509* leaf) {
  std::vector<std::string> out;
  const owned<GENERAL_NAMES> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  const int count = all ? static_cast<int>(sk_GENERAL_NAME_num(all.get())) : 0;
  for (int i = 0; i < count; ++i) {
    const auto* one = sk_GENERAL_NAME_value(all.get(), i);
    if (one->type != GEN_DNS) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
  }
  return out;
}

result<identity> make(std::string_view certificate_pem, std::string_view key_pem) {
  const auto certificates = read_certificates(certificate_pem);
  if (certificates.empty()) return errc::bad_certificate_file;
  const auto key = read_key(key_pem);
  if (!key) return errc::bad_key_file;
  if (X509_check_private_key(certificates.front().get(), key.get()) != 1) return errc::key_mismatch;

  identity out{make_credential(certificates, *key), dns_names(certificates.front().get())};
  if (!out.shown) return errc::bad_certificate_file;  // a kind of key that TLS has no use for
  return out;
}

}  // namespace

result<identity> identity::load(const identity_source& from) {
  const auto certificate = text_or_file(from.certificate_pem, from.certificate_path);
  if (!certificate) return certificate.error();
  const auto key = text_or_file(from.key_pem, from.key_path);
  if (!key) return key.error();
  auto made = make(*certificate, *key);
  ERR_clear_error();
  return made;
}

result<identity_set> identity_set::load(const std::vector<identity_source>& from) {
  identity_set out;
  for (const auto& source : from) {
    auto one = identity::load(source);
    if (!one) return one.error();
    for (const auto& name : one->names) out.names_.add(name, out.all_.size());
    out.all_.push_back(std::move(*one));
  }
  if (out.all_.empty()) return errc::bad_certificate_file;
  return out;
}

std::vector<std::size_t> identity_set::never_shown() const {
  std::vector<std::size_t> out;
  for (std::size_t i = 1; i < all_.size(); ++i)
    if (all_[i].names.empty()) out.push_back(i);
  return out;
}

bool identity_set::offer(SSL* to) const {
  const char* name = SSL_get_servername(to, TLSEXT_NAMETYPE_host_name);
  const auto fitting = names_.find(name ? name : "");
  std::vector<credential*> chosen;
  for (const auto index : fitting) chosen.push_back(all_[index].shown.get());
  if (chosen.empty()) chosen.push_back(&first());
  return show(to, chosen);
}

}  // namespace anytls::tls
