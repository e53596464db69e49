#include "tls/live_server_context.h"
#include "base/log.h"
#include "tls/certificate.h"

#include "support/tls_pair.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace anytls::tls {
namespace {

namespace fs = std::filesystem;

/// Two pairs in folders, and the links to one of them that a server is given, as certbot does it.
class live_server_context_test : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/anytls_live_XXXXXX";
    folder_ = ::mkdtemp(name);
    put("a", old_);
    put("b", fresh_);
    link_to("a");
    log::set_handler([this](log::level level, std::string_view text) {
      const std::lock_guard lock(mutex_);
      if (level >= log::level::warn) warnings_.emplace_back(text);
    });
  }
  void TearDown() override {
    log::set_handler({});
    fs::remove_all(folder_);
  }

  void put(const std::string& where, const key_pair& pair) const {
    fs::create_directories(folder_ / where);
    write(where + "/cert.pem", pair.certificate_pem);
    write(where + "/key.pem", pair.key_pem);
  }
  void write(const std::string& where, const std::string& text) const {
    std::ofstream(folder_ / where) << text;
  }
  /// A link is replaced in one step.
  void link_to(const std::string& where) const {
    for (const auto* file : {"cert.pem", "key.pem"}) {
      fs::create_symlink(folder_ / where / file, folder_ / "new");
      fs::rename(folder_ / "new", folder_ / file);
    }
  }
  std::shared_ptr<live_server_context> start() const {
    server_options options;
    options.certificate_path = folder_ / "cert.pem";
    options.key_path = folder_ / "key.pem";
    return live_server_context::make("server", options, 5ms).value();
  }
  template <typename Condition>
  static bool soon(Condition condition) {
    const auto end = clock::now() + 30s;
    while (!condition() && clock::now() < end) std::this_thread::sleep_for(2ms);
    return condition();
  }
  std::vector<std::string> warnings() {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

  static std::string shown(const std::shared_ptr<server_context>& by) {
    asio::io_context io(1);
    std::string out;
    test::run(io, [&]() -> task<> {
      client_options client;
      client.server_name = "live.example";
      client.insecure = true;
      auto pair = co_await test::handshake(co_await test::connected_sockets(),
                                           client_context::make(client).value(), by);
      if (pair.client) out = pair.client->peer_certificate_sha256();
    });
    return out;
  }

  const key_pair old_ = make_self_signed("live.example", 30).value();
  const key_pair fresh_ = make_self_signed("live.example", 30).value();
  fs::path folder_;

 private:
  std::mutex mutex_;
  std::vector<std::string> warnings_;
};

TEST_F(live_server_context_test, follows_links_that_point_elsewhere) {
  const auto live = start();
  const auto before = live->current();
  EXPECT_EQ(shown(before), old_.sha256_hex);
  link_to("b");
  ASSERT_TRUE(soon([&] { return live->current() != before; }));
  EXPECT_EQ(shown(live->current()), fresh_.sha256_hex);
  EXPECT_EQ(shown(before), old_.sha256_hex) << "who has it goes on with it";
}

TEST_F(live_server_context_test, follows_files_that_are_written_in_place) {
  const auto live = start();
  const auto before = live->current();
  put("a", fresh_);
  ASSERT_TRUE(soon([&] { return live->current() != before; }));
  EXPECT_EQ(shown(live->current()), fresh_.sha256_hex);
}

TEST_F(live_server_context_test, keeps_the_old_one_and_says_once_what_is_wrong) {
  const auto live = start();
  const auto before = live->current();
  write("a/key.pem", fresh_.key_pem);
  ASSERT_TRUE(soon([&] { return !warnings().empty(); }));
  std::this_thread::sleep_for(100ms);
  const auto key = (folder_ / "key.pem").string();
  EXPECT_EQ(warnings(),
            std::vector{"server: TLS key " + key +
                        ": the private key does not belong to the certificate; the certificate "
                        "that was loaded before stays in use"});
  EXPECT_EQ(live->current(), before);
  put("a", fresh_);
  ASSERT_TRUE(soon([&] { return live->current() != before; }));
}

TEST_F(live_server_context_test, waits_for_files_that_are_missing) {
  const auto live = start();
  const auto before = live->current();
  fs::remove(folder_ / "cert.pem");
  ASSERT_TRUE(soon([&] { return !warnings().empty(); }));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(warnings().size(), 1u);
  EXPECT_NE(warnings().front().find("No such file"), std::string::npos);
  fs::create_symlink(folder_ / "b" / "cert.pem", folder_ / "cert.pem");
  fs::remove(folder_ / "key.pem");
  fs::create_symlink(folder_ / "b" / "key.pem", folder_ / "key.pem");
  ASSERT_TRUE(soon([&] { return live->current() != before; }));
  EXPECT_EQ(shown(live->current()), fresh_.sha256_hex);
}

TEST_F(live_server_context_test, cannot_begin_with_what_is_broken) {
  write("a/cert.pem", "nonsense");
  server_options options;
  options.certificate_path = folder_ / "cert.pem";
  options.key_path = folder_ / "key.pem";
  EXPECT_EQ(live_server_context::make("server", options).error(), errc::bad_certificate_file);
}

TEST_F(live_server_context_test, says_which_certificate_nobody_will_see) {
  const auto nameless = make_self_signed("127.0.0.1", 30).value();
  auto options = test::server_defaults();
  options.more_identities = {{nameless.certificate_pem, {}, nameless.key_pem, {}}};
  const auto live = live_server_context::make("server", options).value();
  EXPECT_EQ(warnings(), std::vector<std::string>{
                            "server: TLS certificate (inline) is for no DNS name, so no client "
                            "will ever see it"});
}

TEST(live_server_context_of_texts, stays_as_it_is) {
  const auto live = live_server_context::make("server", test::server_defaults()).value();
  EXPECT_EQ(live->current(), live->current());
}

}  // namespace
}  // namespace anytls::tls
