// anytls: reads the command line, runs one command, turns what went wrong into one sentence and an
// exit code.

#include "commands.h"
#include "go_flags.h"

#include "app/startup_error.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr int usage_error = 2;

// CLI11 would only say that a command is missing.
std::optional<std::string> unknown_command(const CLI::App& app,
                                           const std::vector<std::string>& arguments) {
  const auto* in = &app;
  std::string words;
  for (const auto& word : arguments) {
    const auto known = in->get_subcommands([](const CLI::App*) { return true; });
    if (known.empty() || word.starts_with('-')) break;
    words += (words.empty() ? "" : " ") + word;
    const auto at = std::find_if(known.begin(), known.end(),
                                 [&](const auto* one) { return one->get_name() == word; });
    if (at == known.end()) return words;
    in = *at;
  }
  return std::nullopt;
}

int run(int argc, char** argv) {
  using namespace anytls::cli;
  CLI::App app("AnyTLS client and server");
  app.footer(
      "Examples:\n"
      "  anytls server -l 0.0.0.0:8443 -p @password.txt\n"
      "  anytls client -l 127.0.0.1:1080 -s 'anytls://PASSWORD@example.com:8443/'\n"
      "  anytls run -c config.json\n"
      "  anytls check -c config.yaml --effective");
  app.require_subcommand(1);
  auto* generate = app.add_subcommand("generate", "Make a certificate, ECH keys or a password");
  generate->require_subcommand(1);
  const command commands[] = {add_server(app),
                              add_client(app),
                              add_run(app),
                              add_check(app),
                              add_options(app),
                              add_simulate(app),
                              add_generate_certificate(*generate),
                              add_generate_ech_keypair(*generate),
                              add_generate_password(*generate),
                              add_version(app)};
  auto arguments = normalise({argv + 1, argv + argc});
  if (const auto typo = unknown_command(app, arguments)) {
    std::fprintf(stderr, "anytls: there is no command \"%s\"; see anytls --help\n", typo->c_str());
    return usage_error;
  }
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : usage_error;
  }
  for (const auto& one : commands)
    if (one.app->parsed()) return one.run();
  return usage_error;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "anytls: %s\n", e.what());
    return 1;
  }
}
