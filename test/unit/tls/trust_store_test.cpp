#include "tls/trust_store.h"

#include "chain.h"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace anytls::tls {
namespace {

namespace fs = std::filesystem;

bool trusts(X509_STORE* store, const std::string& leaf_pem) {
  const auto leaf = read_certificates(leaf_pem);
  owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store, leaf.at(0).get(), nullptr);
  return X509_verify_cert(context.get()) == 1;
}

class trust_store : public testing::Test {
 protected:
  trust_store()
      : folder_(fs::path(testing::TempDir()) / ("anytls_trust_" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
  }
  ~trust_store() override {
    fs::remove_all(folder_);
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
  }
  std::string write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
    return folder_ / name;
  }

  test::authority ca_{"One"}, other_{"Other"};
  fs::path folder_;
};

TEST_F(trust_store, reads_the_file_that_the_environment_names) {
  ::setenv("SSL_CERT_FILE",
           write("bundle.pem", other_.certificate_pem() + ca_.certificate_pem()).c_str(), 1);
  const auto store = load_system_trust();
  ASSERT_TRUE(store);
  EXPECT_TRUE(trusts(store.get(), ca_.issue().certificate_pem));
  EXPECT_TRUE(trusts(store.get(), other_.issue().certificate_pem));
}

TEST_F(trust_store, nothing_else_is_trusted_then) {
  ::setenv("SSL_CERT_FILE", write("bundle.pem", ca_.certificate_pem()).c_str(), 1);
  EXPECT_FALSE(trusts(load_system_trust().get(), other_.issue().certificate_pem));
  ::setenv("SSL_CERT_FILE", "/nonexistent", 1);
  EXPECT_FALSE(load_system_trust());
}

TEST_F(trust_store, reads_all_files_of_a_folder_without_hashes) {
  write("a.pem", ca_.certificate_pem());
  write("b.crt", other_.certificate_pem());
  write("README", "no certificate");
  ::setenv("SSL_CERT_DIR", (":/nonexistent:" + folder_.string()).c_str(), 1);
  const auto store = load_system_trust();
  ASSERT_TRUE(store);
  EXPECT_TRUE(trusts(store.get(), ca_.issue().certificate_pem));
  EXPECT_TRUE(trusts(store.get(), other_.issue().certificate_pem));
}

TEST_F(trust_store, of_a_folder_with_hashes_only_what_is_needed_is_read) {
  const auto root = read_certificates(ca_.certificate_pem());
  char name[32];
  std::snprintf(
      name, sizeof name, "%08lx.0",
      static_cast<unsigned long>(X509_NAME_hash(X509_get_subject_name(root.at(0).get()))));
  write(name, ca_.certificate_pem());
  ::setenv("SSL_CERT_DIR", folder_.c_str(), 1);
  const auto store = load_system_trust();
  ASSERT_TRUE(store);
  EXPECT_TRUE(sk_X509_OBJECT_num(X509_STORE_get0_objects(store.get())) == 0);
  EXPECT_TRUE(trusts(store.get(), ca_.issue().certificate_pem));
  EXPECT_FALSE(trusts(store.get(), other_.issue().certificate_pem));
}

TEST_F(trust_store, of_anchors_holds_exactly_those) {
  const auto store = store_of(read_certificates(ca_.certificate_pem()));
  EXPECT_TRUE(trusts(store.get(), ca_.issue().certificate_pem));
  EXPECT_FALSE(trusts(store.get(), other_.issue().certificate_pem));
}

}  // namespace
}  // namespace anytls::tls
