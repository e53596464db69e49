#pragma once
// Which of several certificates is for a name: an exact one, else a wildcard in place of its first
// label ("*.example.com" is for "a.example.com" alone, as RFC 6125 has it).

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace anytls::tls {

class server_names {
 public:
  /// A name as a certificate has it, and the number of the certificate.
  void add(std::string_view name, std::size_t certificate);

  /// Numbers in the order in which they were added; empty where no certificate is for this name.
  /// Upper case and a final dot make no difference.
  std::span<const std::size_t> find(std::string_view name) const;

 private:
  using map = std::unordered_map<std::string, std::vector<std::size_t>>;
  map exact_;
  map wildcards_;  // without "*."
};

}  // namespace anytls::tls
