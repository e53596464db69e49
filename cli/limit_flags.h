#pragma once
// What `anytls server` puts up with, as flags: the options of an anytls inbound that are ours.

#include "config/model.h"

#include <CLI/App.hpp>

#include <string>

namespace anytls::cli {

class limit_flags {
 public:
  void add(CLI::App& app);
  /// Throws app::startup_error.
  config::server_limits limits() const;

 private:
  config::server_limits values_;
  std::string idle_session_timeout_;
  std::string heartbeat_;
};

}  // namespace anytls::cli
