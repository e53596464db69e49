#include "tls/context.h"

namespace anytls::tls {

std::vector<identity_source> server_options::identities() const {
  std::vector<identity_source> out;
  const identity_source first{certificate_pem, certificate_path, key_pem, key_path};
  if (!first.empty()) out.push_back(first);
  out.insert(out.end(), more_identities.begin(), more_identities.end());
  return out;
}

std::vector<std::string> server_options::files() const {
  std::vector<std::string> out;
  const auto add = [&](const std::string& text, const std::string& path) {
    if (text.empty() && !path.empty()) out.push_back(path);
  };
  for (const auto& one : identities()) {
    add(one.certificate_pem, one.certificate_path);
    add(one.key_pem, one.key_path);
  }
  for (const auto& path : clients.roots_paths) add({}, path);
  add(ech_key_pem, ech_key_path);
  return out;
}

}  // namespace anytls::tls
