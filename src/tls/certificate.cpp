#include "tls/certificate.h"

#include "base/digest.h"
#include "tls/der.h"
#include "tls/pem.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <ctime>

namespace anytls::tls {
namespace {

constexpr std::int64_t day = 86400;

key_ptr make_key() {
  const owned<EVP_PKEY_CTX> maker(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  EVP_PKEY* made = nullptr;
  if (!maker || EVP_PKEY_keygen_init(maker.get()) <= 0 ||
      EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker.get(), NID_X9_62_prime256v1) <= 0 ||
      EVP_PKEY_keygen(maker.get(), &made) <= 0)
    return nullptr;
  return key_ptr(made);
}

bool set_serial(X509* to) {
  owned<BIGNUM> number(BN_new());
  // 127 random bits: positive and never longer than 16 bytes.
  return number && BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(to));
}

bool set_validity(X509* to, int days) {
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  const auto end = now + days * day;
  return ASN1_TIME_set(X509_getm_notBefore(to), std::min(now, end) - day) &&
         ASN1_TIME_set(X509_getm_notAfter(to), end);
}

bool set_subject(X509* to, const std::string& name) {
  auto* subject = X509_get_subject_name(to);
  // A common name holds 64 characters; nobody reads it where there is an alternative name.
  const auto common = name.substr(0, 64);
  return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const std::uint8_t*>(common.data()),
                                    static_cast<int>(common.size()), -1, 0) &&
         X509_set_issuer_name(to, subject);
}

bool set_alternative_name(X509* to, const std::string& name) {
  bytes address;
  error_code not_an_address;
  if (const auto ip = boost::asio::ip::make_address(name, not_an_address); !not_an_address) {
    if (ip.is_v4()) {
      const auto b = ip.to_v4().to_bytes();
      address.assign(b.begin(), b.end());
    } else {
      const auto b = ip.to_v6().to_bytes();
      address.assign(b.begin(), b.end());
    }
  }
  owned<GENERAL_NAMES> names(GENERAL_NAMES_new());
  owned<GENERAL_NAME> one(GENERAL_NAME_new());
  owned<ASN1_STRING> value(
      ASN1_STRING_type_new(address.empty() ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING));
  const void* data = address.empty() ? static_cast<const void*>(name.data()) : address.data();
  const auto size = address.empty() ? name.size() : address.size();
  if (!names || !one || !value || !ASN1_STRING_set(value.get(), data, static_cast<int>(size)))
    return false;
  GENERAL_NAME_set0_value(one.get(), address.empty() ? GEN_DNS : GEN_IPADD, value.release());
  if (sk_GENERAL_NAME_push(names.get(), one.get()) <= 0) return false;
  static_cast<void>(one.release());  // the list's
  return X509_add1_ext_i2d(to, NID_subject_alt_name, names.get(), 0, X509V3_ADD_APPEND) == 1;
}

bool set_usage(X509* to) {
  owned<BASIC_CONSTRAINTS> basic(BASIC_CONSTRAINTS_new());
  if (!basic) return false;
  basic->ca = 0;
  owned<ASN1_BIT_STRING> usage(ASN1_BIT_STRING_new());
  owned<EXTENDED_KEY_USAGE> extended(sk_ASN1_OBJECT_new_null());
  if (!usage || !extended || !ASN1_BIT_STRING_set_bit(usage.get(), 0, 1))
    return false;  // 0: digitalSignature
  if (!sk_ASN1_OBJECT_push(extended.get(), OBJ_nid2obj(NID_server_auth))) return false;
  return X509_add1_ext_i2d(to, NID_basic_constraints, basic.get(), 1, X509V3_ADD_APPEND) &&
         X509_add1_ext_i2d(to, NID_key_usage, usage.get(), 1, X509V3_ADD_APPEND) &&
         X509_add1_ext_i2d(to, NID_ext_key_usage, extended.get(), 0, X509V3_ADD_APPEND);
}

template <typename Write>
std::string to_pem(Write write) {
  owned<BIO> bio(BIO_new(BIO_s_mem()));
  char* data = nullptr;
  if (!bio || !write(bio.get())) return {};
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

result<key_pair> make_self_signed(const std::string& name, int days) {
  const auto not_ascii = [](char c) { return c < 0x21 || c > 0x7e; };
  if (name.empty() || name.size() > 253 || std::any_of(name.begin(), name.end(), not_ascii)) {
    return error_code(boost::asio::error::invalid_argument);
  }
  const auto key = make_key();
  x509_ptr certificate(X509_new());
  const bool made = key && certificate && X509_set_version(certificate.get(), X509_VERSION_3) &&
                    set_serial(certificate.get()) && set_validity(certificate.get(), days) &&
                    set_subject(certificate.get(), name) &&
                    set_alternative_name(certificate.get(), name) && set_usage(certificate.get()) &&
                    X509_set_pubkey(certificate.get(), key.get()) &&
                    X509_sign(certificate.get(), key.get(), EVP_sha256());
  ERR_clear_error();
  if (!made) return error_code(boost::asio::error::no_memory);

  key_pair out;
  out.certificate_pem = to_pem([&](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
  out.key_pem = to_pem([&](BIO* to) {
    return PEM_write_bio_PKCS8PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  out.sha256_hex = certificate_sha256(out.certificate_pem);
  return out;
}

std::string certificate_sha256(std::string_view pem) {
  const auto certificates = read_certificates(pem);
  if (certificates.empty()) return {};
  const auto digest = digest_of(certificates.front().get());
  return digest ? to_hex(*digest) : std::string();
}

}  // namespace anytls::tls
