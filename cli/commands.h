#pragma once
// The subcommands. Each adds itself to the command line; what it returns runs when it was chosen
// and gives the exit code: 0, or 1 with a sentence on standard error (app::startup_error says the
// same by exception).

#include <CLI/App.hpp>

#include <functional>

namespace anytls::cli {

struct command {
  CLI::App* app;
  std::function<int()> run;
};

command add_server(CLI::App& parent);
command add_client(CLI::App& parent);
command add_run(CLI::App& parent);
command add_check(CLI::App& parent);
command add_simulate(CLI::App& parent);
command add_generate_certificate(CLI::App& generate);
command add_generate_ech_keypair(CLI::App& generate);
command add_generate_password(CLI::App& generate);
command add_options(CLI::App& parent);
command add_version(CLI::App& parent);

}  // namespace anytls::cli
