#pragma once
// The pool's options as flags, with the documents' names: --ensure-idle-session 5, --heartbeat 30s.

#include "pool/pool_options.h"

#include <CLI/App.hpp>

#include <functional>
#include <map>
#include <string>

namespace anytls::cli {

class pool_flags {
 public:
  void add(CLI::App& app);
  /// Throws app::startup_error for what is no duration.
  pool::pool_options options() const;

 private:
  pool::pool_options values_;
  std::map<std::string, std::string> durations_;
};

}  // namespace anytls::cli
