#pragma once
// What server, client and run share: log level, threads, and running a configuration until a signal
// comes.

#include "app/application.h"
#include "config/model.h"

#include <CLI/App.hpp>

#include <functional>
#include <string>
#include <utility>

namespace anytls::cli {

struct common_options {
  std::string log_level = "info";
  std::size_t threads = 0;  ///< 0 = one for each core
};

void add_common(CLI::App& app, common_options& options);
log::level parse_level(const std::string& name);

/// `host:port`, `:port`, `[::1]:port`. Throws app::startup_error.
std::pair<std::string, std::uint16_t> split_host_port(const std::string& text, const char* what);

/// The same for a server to connect to, which has a port. Throws app::startup_error.
std::pair<std::string, std::uint16_t> split_server(const std::string& text, const char* what);

/// The value of a flag into `value`; empty leaves it as it is. Throws app::startup_error.
void parse_duration_flag(const char* flag, const std::string& text, duration& value);

/// Binds, calls `bound`, says where it listens, runs until a signal. Returns the exit code.
int run_config(const config::config& c, std::size_t threads,
               const std::function<void(const app::application&)>& bound = {});

}  // namespace anytls::cli
