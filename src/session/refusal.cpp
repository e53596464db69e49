#include "session/refusal.h"

#include <algorithm>

namespace anytls::session {
namespace {

struct phrase {
  std::string_view
      text;  ///< in lower case, and with a space or a slash: no host name may look like it
  errc means;
};

// The first that is found counts: a lookup that timed out is a failure of the resolver, and Go
// names it as both.
constexpr phrase phrases[] = {
    {"name not found", errc::name_not_found},
    {"no such host", errc::name_not_found},
    {"host not found", errc::name_not_found},
    {"name or service not known", errc::name_not_found},
    {"name resolution", errc::name_resolution_failed},
    {"server misbehaving", errc::name_resolution_failed},
    {"tcp: lookup ", errc::name_resolution_failed},
    {"udp: lookup ", errc::name_resolution_failed},
    {"no usable address", errc::no_address},
    {"no suitable address", errc::no_address},
    {"connection refused", errc::target_refused},
    {"blocked by ", errc::blocked},
    {"permission denied", errc::blocked},
    {"operation not permitted", errc::blocked},
    {"no route to host", errc::target_unreachable},
    {"network is unreachable", errc::target_unreachable},
    {"network is down", errc::target_unreachable},
    {"host is unreachable", errc::target_unreachable},
    {"host is down", errc::target_unreachable},
    {"target is unreachable", errc::target_unreachable},
    {"timed out", errc::connect_timeout},
    {"i/o timeout", errc::connect_timeout},
    {"deadline exceeded", errc::connect_timeout},
    {"operation was canceled",
     errc::connect_timeout},  // Go's dialer, when its server gave up waiting
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

errc reason_of(std::string_view server_text) noexcept {
  for (const auto& one : phrases) {
    const auto found =
        std::search(server_text.begin(), server_text.end(), one.text.begin(), one.text.end(),
                    [](char theirs, char ours) { return lower(theirs) == ours; });
    if (found != server_text.end()) return one.means;
  }
  return errc::target_refused;
}

}  // namespace anytls::session
