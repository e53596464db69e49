#include "go_flags.h"

#include <cctype>

namespace anytls::cli {

std::vector<std::string> normalise(std::vector<std::string> arguments) {
  for (auto& one : arguments) {
    if (one == "--") break;
    // Go's flags know no grouped letters, and neither do ours. Only the two long flags of anytls-go
    // are rewritten: a password may begin with a dash, and must not be touched.
    for (const char* flag : {"-sni", "-padding-scheme"})
      if (one == flag || one.starts_with(std::string(flag) + "=")) one.insert(one.begin(), '-');
  }
  return arguments;
}

}  // namespace anytls::cli
