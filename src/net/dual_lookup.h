#pragma once
// What the answers for A and AAAA make together. Pure.
//
// Flow: answered() for each family; after each: complete() -> outcome(); else wait for grace() and
// take outcome() then.

#include "net/name_cache.h"

#include <optional>

namespace anytls::net {

/// What one record type gave.
struct family_answer {
  error_code error;  ///< errc::name_not_found, no_address, name_resolution_failed; none = `found`
                     ///< is not empty
  addresses found;
  duration ttl{0};  ///< the shortest of its records
};

struct lookup_outcome {
  result<addresses> value;
  duration ttl{0};  ///< 0 = not to be cached
};

class dual_lookup {
 public:
  /// IPv6 that comes late is worth little; IPv4 may be the only family that works here.
  static constexpr duration grace_for_ipv6 = 50ms;
  static constexpr duration grace_for_ipv4 = 250ms;

  explicit dual_lookup(address_family wanted) : wanted_(wanted) {}

  bool wants(address_family f) const noexcept {
    return wanted_ == address_family::any || wanted_ == f;
  }
  /// `f` is ipv4 or ipv6.
  void answered(address_family f, family_answer answer);
  bool complete() const noexcept;

  /// How long the missing family is worth waiting for, once the other one has addresses.
  std::optional<duration> grace() const noexcept;

  /// Of what is there. IPv6 first.
  lookup_outcome outcome() const;

 private:
  address_family wanted_;
  std::optional<family_answer> ipv4_;
  std::optional<family_answer> ipv6_;
};

}  // namespace anytls::net
