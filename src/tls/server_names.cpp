#include "tls/server_names.h"

#include <algorithm>

namespace anytls::tls {
namespace {

std::string normal(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

void server_names::add(std::string_view name, std::size_t certificate) {
  auto key = normal(name);
  auto& into = key.starts_with("*.") ? wildcards_[key.substr(2)] : exact_[std::move(key)];
  if (std::find(into.begin(), into.end(), certificate) == into.end()) into.push_back(certificate);
}

std::span<const std::size_t> server_names::find(std::string_view name) const {
  const auto key = normal(name);
  if (const auto it = exact_.find(key); it != exact_.end()) return it->second;
  const auto dot = key.find('.');
  if (dot == 0 || dot == key.npos) return {};
  if (const auto it = wildcards_.find(key.substr(dot + 1)); it != wildcards_.end())
    return it->second;
  return {};
}

}  // namespace anytls::tls
