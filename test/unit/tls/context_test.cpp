#include "tls/context.h"
#include "tls/certificate.h"
#include "tls/verify.h"

#include "support/tls_pair.h"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace anytls::tls {
namespace {

const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

class temporary_file {
 public:
  explicit temporary_file(const std::string& content)
      : path_(testing::TempDir() + "anytls_tls_" + std::to_string(::getpid()) + "_" +
              std::to_string(++count_)) {
    std::ofstream(path_) << content;
  }
  ~temporary_file() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::string path_;
};

error_code server_error(server_options o) {
  const auto made = server_context::make(std::move(o));
  return made ? error_code{} : made.error();
}

error_code client_error(client_options o) {
  const auto made = client_context::make(std::move(o));
  return made ? error_code{} : made.error();
}

TEST(server_context, takes_text_or_files) {
  EXPECT_EQ(server_error(test::server_defaults()), error_code{});
  const temporary_file certificate(test::test_certificate().certificate_pem),
      key(test::test_certificate().key_pem);
  server_options o;
  o.certificate_path = certificate.path();
  o.key_path = key.path();
  EXPECT_EQ(server_error(o), error_code{});
}

TEST(server_context, says_which_file_cannot_be_read) {
  auto o = test::server_defaults();
  o.certificate_pem.clear();
  o.certificate_path = "/nonexistent/cert.pem";
  EXPECT_EQ(server_error(o), errc::unreadable_file);
  o.certificate_path = testing::TempDir();  // a folder
  EXPECT_EQ(server_error(o), errc::unreadable_file);
  o = test::server_defaults();
  o.key_pem.clear();
  o.key_path = "/nonexistent/key.pem";
  EXPECT_EQ(server_error(o), errc::unreadable_file);
}

TEST(server_context, says_what_is_wrong_with_certificate_and_key) {
  auto o = test::server_defaults();
  o.certificate_pem = "hello";
  EXPECT_EQ(server_error(o), errc::bad_certificate_file);
  o.certificate_pem = broken;
  EXPECT_EQ(server_error(o), errc::bad_certificate_file);
  o = test::server_defaults();
  o.certificate_pem += broken;  // a chain with a broken link
  EXPECT_EQ(server_error(o), errc::bad_certificate_file);
  o = test::server_defaults();
  std::swap(o.certificate_pem, o.key_pem);
  EXPECT_EQ(server_error(o), errc::bad_certificate_file);
  o = test::server_defaults();
  o.key_pem = "hello";
  EXPECT_EQ(server_error(o), errc::bad_key_file);
  o.key_pem.clear();
  EXPECT_EQ(server_error(o), errc::bad_key_file);
  o.key_pem = make_self_signed("other", 1).value().key_pem;
  EXPECT_EQ(server_error(o), errc::key_mismatch);
}

TEST(server_context, accepts_a_file_that_holds_both) {
  server_options o;
  const temporary_file both(test::test_certificate().key_pem +
                            test::test_certificate().certificate_pem);
  o.certificate_path = o.key_path = both.path();
  EXPECT_EQ(server_error(o), error_code{});
}

TEST(server_context, refuses_impossible_options) {
  auto o = test::server_defaults();
  o.min = version::tls1_3;
  o.max = version::tls1_2;
  EXPECT_EQ(server_error(o), asio::error::invalid_argument);
  o = test::server_defaults();
  o.alpn = {""};
  EXPECT_EQ(server_error(o), asio::error::invalid_argument);
}

TEST(client_context, refuses_impossible_options) {
  client_options o;
  EXPECT_EQ(client_error(o), error_code{});
  o.certificate_sha256 = "12:34";
  EXPECT_EQ(client_error(o), asio::error::invalid_argument);
  o = {};
  o.min = version::tls1_3;
  o.max = version::tls1_2;
  EXPECT_EQ(client_error(o), asio::error::invalid_argument);
  o = {};
  o.server_name = std::string(256, 'a');
  EXPECT_EQ(client_error(o), asio::error::invalid_argument);
  o = {};
  o.certificate_path = "/nonexistent/ca.pem";
  EXPECT_EQ(client_error(o), errc::unreadable_file);
  o = {};
  o.certificate_pem = "hello";
  EXPECT_EQ(client_error(o), errc::bad_certificate_file);
}

TEST(client_context, tells_names_from_addresses) {
  const auto context = [](std::string name) {
    client_options o;
    o.server_name = std::move(name);
    return client_context::make(std::move(o)).value();
  };
  EXPECT_EQ(context("a.example.")->verified_by().name, "a.example");
  EXPECT_EQ(context("192.0.2.1")->verified_by().address, (bytes{192, 0, 2, 1}));
  EXPECT_EQ(context("192.0.2.1")->verified_by().name, "");
  EXPECT_EQ(context("[2001:db8::1]")->verified_by().address.size(), 16u);
  EXPECT_EQ(context("2001:db8::1")->verified_by().address.size(), 16u);
}

TEST(pin, is_64_hex_digits_with_or_without_colons) {
  std::string plain, colons;
  for (int i = 0; i < 32; ++i) {
    plain += "aB";
    colons += i ? ":aB" : "aB";
  }
  ASSERT_TRUE(parse_pin(plain));
  EXPECT_EQ(parse_pin(plain)->at(31), 0xab);
  EXPECT_EQ(parse_pin(colons), parse_pin(plain));
  for (const auto& bad :
       {std::string(), plain + "a", plain + "ab", plain.substr(1), plain.substr(2), colons + ":",
        ":" + colons, "g" + plain.substr(1), std::string(64, ':')}) {
    EXPECT_FALSE(parse_pin(bad)) << bad;
  }
}

}  // namespace
}  // namespace anytls::tls
