#include "net/dual_lookup.h"

#include <algorithm>

namespace anytls::net {
namespace {

bool definite(const error_code& e) { return e == errc::name_not_found || e == errc::no_address; }

// "No such record" of one type says that the name exists, whatever the other type's answer was: if
// that is a failure, the other family may have an address; if it is NXDOMAIN, the server is wrong.
// NXDOMAIN is otherwise about the name and beats a failure of one type.
error_code merge(const std::optional<family_answer>& a, const std::optional<family_answer>& b) {
  if (!a || !b) return a ? a->error : b ? b->error : make_error_code(errc::name_resolution_failed);
  if (a->error == errc::no_address || b->error == errc::no_address)
    return definite(a->error) && definite(b->error) ? errc::no_address
                                                    : errc::name_resolution_failed;
  return a->error == errc::name_not_found ? a->error : b->error;
}

bool has_addresses(const std::optional<family_answer>& a) { return a && !a->error; }

}  // namespace

void dual_lookup::answered(address_family f, family_answer answer) {
  (f == address_family::ipv6 ? ipv6_ : ipv4_) = std::move(answer);
}

bool dual_lookup::complete() const noexcept {
  return (!wants(address_family::ipv4) || ipv4_) && (!wants(address_family::ipv6) || ipv6_);
}

std::optional<duration> dual_lookup::grace() const noexcept {
  if (complete()) return std::nullopt;
  if (has_addresses(ipv4_)) return grace_for_ipv6;
  if (has_addresses(ipv6_)) return grace_for_ipv4;
  return std::nullopt;
}

lookup_outcome dual_lookup::outcome() const {
  addresses all;
  duration ttl = name_cache::longest;
  bool partial = false;
  for (const auto* part : {&ipv6_, &ipv4_}) {
    const bool wanted = wants(part == &ipv6_ ? address_family::ipv6 : address_family::ipv4);
    if (!wanted) continue;
    if (has_addresses(*part)) {
      all.insert(all.end(), (*part)->found.begin(), (*part)->found.end());
      ttl = std::min(ttl, (*part)->ttl);
    } else if (!*part || !definite((*part)->error)) {
      partial = true;
    }
  }
  // Half an answer must not hide the other family for long.
  if (!all.empty()) {
    if (partial) ttl = std::min(ttl, name_cache::negative);
    return {std::move(all), std::max(ttl, name_cache::shortest)};
  }
  const error_code reason = merge(ipv4_, ipv6_);
  return {reason, definite(reason) ? name_cache::negative : duration{0}};
}

}  // namespace anytls::net
