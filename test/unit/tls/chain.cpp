#include "chain.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <stdexcept>

namespace anytls::test {
namespace {

void must(bool ok) {
  if (!ok) throw std::logic_error("making a test certificate failed");
}

tls::key_ptr new_key(int rsa_bits = 0) {
  const tls::owned<EVP_PKEY_CTX> maker(
      EVP_PKEY_CTX_new_id(rsa_bits ? EVP_PKEY_RSA : EVP_PKEY_EC, nullptr));
  EVP_PKEY* made = nullptr;
  must(maker && EVP_PKEY_keygen_init(maker.get()) > 0);
  must((rsa_bits ? EVP_PKEY_CTX_set_rsa_keygen_bits(maker.get(), rsa_bits)
                 : EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker.get(), NID_X9_62_prime256v1)) > 0);
  must(EVP_PKEY_keygen(maker.get(), &made) > 0);
  return tls::key_ptr(made);
}

void add_extension(X509* to, int nid, const std::string& value) {
  tls::owned<X509_EXTENSION> extension(X509V3_EXT_nconf_nid(nullptr, nullptr, nid, value.c_str()));
  must(extension && X509_add_ext(to, extension.get(), -1));
}

tls::x509_ptr new_certificate(EVP_PKEY* key, const std::string& name, int from, int until) {
  static long serial = 1000;
  tls::x509_ptr out(X509_new());
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  must(X509_set_version(out.get(), X509_VERSION_3) &&
       ASN1_INTEGER_set_int64(X509_get_serialNumber(out.get()), ++serial) &&
       ASN1_TIME_set(X509_getm_notBefore(out.get()), now + from * 86400) &&
       ASN1_TIME_set(X509_getm_notAfter(out.get()), now + until * 86400) &&
       X509_set_pubkey(out.get(), key));
  must(X509_NAME_add_entry_by_NID(X509_get_subject_name(out.get()), NID_commonName, MBSTRING_UTF8,
                                  reinterpret_cast<const std::uint8_t*>(name.data()),
                                  static_cast<int>(name.size()), -1, 0));
  return out;
}

template <typename Write>
std::string pem(Write write) {
  tls::owned<BIO> bio(BIO_new(BIO_s_mem()));
  must(write(bio.get()));
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

authority::authority(const std::string& name) : key_(new_key()) {
  certificate_ = new_certificate(key_.get(), name, -10, 365);
  must(X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get())));
  add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
  pem_ = pem([&](BIO* to) { return PEM_write_bio_X509(to, certificate_.get()); });
}

authority::pair authority::issue(const leaf_options& options) const {
  const auto key = new_key(options.rsa_bits);
  const int from = options.days < 0 ? options.days - 5 : options.starts_in_days;
  const auto leaf = new_certificate(key.get(), options.common_name, from, options.days);
  must(X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get())));
  if (!options.alternative_names.empty())
    add_extension(leaf.get(), NID_subject_alt_name, options.alternative_names);
  if (options.for_clients) add_extension(leaf.get(), NID_ext_key_usage, "clientAuth");
  if (options.for_servers) add_extension(leaf.get(), NID_ext_key_usage, "serverAuth");
  must(X509_sign(leaf.get(), key_.get(), EVP_sha256()) > 0);
  return {pem([&](BIO* to) { return PEM_write_bio_X509(to, leaf.get()); }), pem([&](BIO* to) {
            return PEM_write_bio_PKCS8PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr,
                                                 nullptr);
          })};
}

}  // namespace anytls::test
