#include "secret.h"

#include "app/startup_error.h"

#include <cstdlib>
#include <fstream>

namespace anytls::cli {

std::string resolve_password(const std::string& given) {
  if (given.empty()) {
    const char* value = std::getenv("ANYTLS_PASSWORD");
    if (value && *value) return value;
    throw app::startup_error("no password: give -p PASSWORD, -p @FILE, or set ANYTLS_PASSWORD");
  }
  if (given[0] != '@') return given;
  if (given.starts_with("@@")) return given.substr(1);
  const auto path = given.substr(1);
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line))
    throw app::startup_error("cannot read a password from the file " + path);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty())
    throw app::startup_error("the first line of the password file " + path + " is empty");
  return line;
}

}  // namespace anytls::cli
