#pragma once
// Command lines as users of anytls-go have them: `-sni example.com`, `-padding-scheme FILE`.

#include <string>
#include <vector>

namespace anytls::cli {

/// `-sni` and `-padding-scheme` get their second dash; everything else is left alone.
std::vector<std::string> normalise(std::vector<std::string> arguments);

}  // namespace anytls::cli
