#pragma once
// Passwords from the command line, a file or the environment; the last two do not show in `ps`.

#include <string>

namespace anytls::cli {

/// `@FILE`: the file's first line. `@@x`: the text `@x`. Empty: $ANYTLS_PASSWORD. Throws
/// app::startup_error where there is none or the file cannot be read.
std::string resolve_password(const std::string& given);

}  // namespace anytls::cli
