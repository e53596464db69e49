// Chains with keys that this system's programs do not take any more.
#include "chain.h"
#include "tls/trust_store.h"
#include "tls/verify.h"

#include <gtest/gtest.h>

namespace anytls::tls {
namespace {

error_code said(int rsa_bits) {
  const test::authority ca;
  test::leaf_options leaf;
  leaf.rsa_bits = rsa_bits;
  owned<STACK_OF(X509)> shown(sk_X509_new_null());
  for (auto& one : read_certificates(ca.issue(leaf).certificate_pem))
    sk_X509_push(shown.get(), one.release());
  trust by;
  by.name = "test.example";
  by.anchors = store_of(read_certificates(ca.certificate_pem()));
  return verify(by, shown.get());
}

TEST(strength, of_a_servers_key_is_looked_at) {
  EXPECT_EQ(said(2048), error_code());
  EXPECT_EQ(said(1024), errc::certificate_invalid);
}

}  // namespace
}  // namespace anytls::tls
