#include "tls/certificate.h"
#include "tls/pem.h"

#include <openssl/x509v3.h>

#include <gtest/gtest.h>

#include <ctime>
#include <string_view>

namespace anytls::tls {
namespace {

x509_ptr parse(const key_pair& pair) {
  return std::move(read_certificates(pair.certificate_pem).at(0));
}

std::int64_t begin_of(const x509_ptr& one) {
  return posix_seconds(*X509_get0_notBefore(one.get())).value();
}
std::int64_t end_of(const x509_ptr& one) {
  return posix_seconds(*X509_get0_notAfter(one.get())).value();
}

TEST(certificate, is_for_the_name_and_nothing_else) {
  const auto parsed = parse(make_self_signed("vps.example", 10).value());
  const auto covers = [&](std::string_view name) {
    return X509_check_host(parsed.get(), name.data(), name.size(),
                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
  };
  EXPECT_TRUE(covers("vps.example"));
  EXPECT_FALSE(covers("www.vps.example"));
  EXPECT_EQ(X509_check_ca(parsed.get()), 0);
}

TEST(certificate, of_an_address_carries_it_as_an_address) {
  const auto v4 = parse(make_self_signed("192.0.2.1", 10).value());
  EXPECT_EQ(X509_check_ip_asc(v4.get(), "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(v4.get(), "192.0.2.2", 0), 0);
  const auto v6 = parse(make_self_signed("2001:db8::1", 10).value());
  EXPECT_EQ(X509_check_ip_asc(v6.get(), "2001:db8::1", 0), 1);
}

TEST(certificate, is_valid_from_yesterday_for_the_days_asked) {
  const auto parsed = parse(make_self_signed("a", 10).value());
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  EXPECT_LT(begin_of(parsed), now - 3600);
  EXPECT_GT(end_of(parsed), now + 9 * 86400);
  EXPECT_LT(end_of(parsed), now + 11 * 86400);
}

TEST(certificate, of_negative_days_has_expired) {
  const auto parsed = parse(make_self_signed("a", -1).value());
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  EXPECT_LT(end_of(parsed), now);
}

TEST(certificate, key_belongs_to_it) {
  const auto pair = make_self_signed("a", 1).value();
  const auto key = read_key(pair.key_pem);
  ASSERT_TRUE(key);
  EXPECT_EQ(X509_check_private_key(parse(pair).get(), key.get()), 1);
  EXPECT_NE(pair.key_pem.find("BEGIN PRIVATE KEY"), std::string::npos);
}

TEST(certificate, two_differ_in_serial_and_fingerprint) {
  const auto a = make_self_signed("a", 1).value(), b = make_self_signed("a", 1).value();
  EXPECT_NE(a.sha256_hex, b.sha256_hex);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(parse(a).get()),
                             X509_get0_serialNumber(parse(b).get())),
            0);
}

TEST(certificate, fingerprint_is_of_the_first_one) {
  const auto a = make_self_signed("a", 1).value(), b = make_self_signed("b", 1).value();
  EXPECT_EQ(a.sha256_hex.size(), 64u);
  EXPECT_EQ(certificate_sha256(a.certificate_pem + b.certificate_pem), a.sha256_hex);
  EXPECT_EQ(certificate_sha256("no certificate"), "");
  EXPECT_EQ(certificate_sha256(""), "");
}

TEST(certificate, needs_a_name) {
  EXPECT_TRUE(make_self_signed("", 1).has_error());
  EXPECT_TRUE(make_self_signed("two words", 1).has_error());
  EXPECT_TRUE(make_self_signed(std::string(254, 'a'), 1).has_error());
  EXPECT_TRUE(make_self_signed(std::string(253, 'a'), 1).has_value());
}

}  // namespace
}  // namespace anytls::tls
