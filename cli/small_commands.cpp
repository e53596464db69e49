#include "commands.h"

#include "anytls/version.h"
#include "app/startup_error.h"
#include "base/random.h"
#include "base/tls_library.h"
#include "tls/certificate.h"

#include <CLI/Validators.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <cstdio>
#include <memory>

namespace anytls::cli {
namespace {

struct certificate_options {
  std::string name = "localhost";
  std::string certificate = "cert.pem";
  std::string key = "key.pem";
  int days = 365;
};

void write_new(const std::string& path, const std::string& text, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written)
    throw app::startup_error("cannot write " + path +
                             ": it must not exist, in a folder that can be written");
}

int make_certificate(const certificate_options& options) {
  const auto made = tls::make_self_signed(options.name, options.days);
  if (!made) throw app::startup_error("--name: " + options.name + ": " + made.error().message());
  write_new(options.key, made->key_pem, 0600);
  write_new(options.certificate, made->certificate_pem, 0644);
  std::printf("%s\n", made->sha256_hex.c_str());
  return 0;
}

int make_password() {
  static constexpr char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  system_random random;
  std::string out;
  for (int i = 0; i < 24; ++i) out += letters[random.between(0, sizeof letters - 2)];
  std::printf("%s\n", out.c_str());
  return 0;
}

}  // namespace

command add_generate_certificate(CLI::App& generate) {
  auto* app = generate.add_subcommand(
      "certificate", "Make a self-signed certificate; prints its SHA-256 fingerprint");
  auto options = std::make_shared<certificate_options>();
  app->add_option("--name", options->name, "DNS name or IP address")->capture_default_str();
  app->add_option("--cert", options->certificate, "file for the certificate")
      ->capture_default_str();
  app->add_option("--key", options->key, "file for the key")->capture_default_str();
  app->add_option("--days", options->days, "validity")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  app->footer(
      "Example:\n  anytls generate certificate --name example.com --cert cert.pem --key key.pem");
  return {app, [options] { return make_certificate(*options); }};
}

command add_generate_password(CLI::App& generate) {
  auto* app = generate.add_subcommand("password", "Print a random password");
  app->footer("Example:\n  anytls generate password > password.txt");
  return {app, make_password};
}

command add_version(CLI::App& parent) {
  auto* app = parent.add_subcommand("version", "Print the version");
  return {app, [] {
            std::printf("%s %s\nTLS library: %s\n", product_name, product_version, built_on().name);
            return 0;
          }};
}

}  // namespace anytls::cli
