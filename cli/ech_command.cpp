#include "commands.h"

#include "app/startup_error.h"
#include "tls/ech.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace anytls::cli {
namespace {

int print_keys(const std::string& name) {
  const auto made = tls::make_ech_keys(name);
  if (made.has_error() && made.error() == errc::ech_unavailable)
    throw app::startup_error(made.error().message());
  if (!made) throw app::startup_error("\"" + name + "\" cannot be a public name: write a DNS name");
  std::printf("%s%s", made->configs_pem.c_str(), made->keys_pem.c_str());
  return 0;
}

}  // namespace

command add_generate_ech_keypair(CLI::App& generate) {
  auto* app = generate.add_subcommand(
      "ech-keypair", "Print a new key for Encrypted ClientHello, for clients and for the server");
  auto name = std::make_shared<std::string>();
  app->add_option("name", *name,
                  "public name: what observers see instead of the server name; the server needs a "
                  "certificate for it too")
      ->required();
  app->footer("Example:\n  anytls generate ech-keypair example.org > ech.pem");
  return {app, [name] { return print_keys(*name); }};
}

}  // namespace anytls::cli
