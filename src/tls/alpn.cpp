#include "tls/alpn.h"

namespace anytls::tls {

std::optional<bytes> alpn_wire(const std::vector<std::string>& names) {
  bytes out;
  for (const auto& name : names) {
    if (name.empty() || name.size() > 255) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(name.size()));
    append(out, as_bytes(name));
  }
  if (out.size() > 65535) return std::nullopt;
  return out;
}

alpn_choice choose_alpn(std::span<const std::string> ours, bytes_view offered) {
  if (ours.empty()) return {};
  bool http1_to_h2 = false;
  for (const auto& name : ours) {
    for (auto rest = offered; !rest.empty();) {
      const std::size_t size = rest[0];
      if (size + 1 > rest.size())
        break;  // the library has checked the list; never past its end all the same
      const auto candidate = rest.subspan(1, size);
      if (as_text(candidate) == name) return {candidate, false};
      if (name == "h2" && as_text(candidate) == "http/1.1") http1_to_h2 = true;
      rest = rest.subspan(size + 1);
    }
  }
  return {{}, !http1_to_h2};
}

}  // namespace anytls::tls
