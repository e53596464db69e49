#pragma once
// What names resolved to, for as long as their TTL allows. Pure: time is handed in.

#include "base/clock.h"
#include "base/result.h"
#include "net/address_order.h"

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace anytls::net {

using addresses = std::vector<asio::ip::address>;

/// Bounded; the entry that was used longest ago makes room.
class name_cache {
 public:
  explicit name_cache(std::size_t capacity) : capacity_(capacity) {}

  static constexpr duration shortest = 1s;
  static constexpr duration longest = 1h;
  /// For "no such name" and "no such address": c-ares does not hand out the SOA's TTL.
  static constexpr duration negative = 5s;

  /// nullptr where nothing valid is known. The pointer is good until the next store().
  const result<addresses>* find(const std::string& name, address_family family, time_point now);

  /// `ttl` is clamped to [shortest, longest].
  void store(const std::string& name, address_family family, result<addresses> outcome,
             duration ttl, time_point now);

  void clear();
  std::size_t size() const noexcept { return index_.size(); }

 private:
  struct entry {
    std::string key;
    result<addresses> outcome;
    time_point expires;
  };

  std::size_t capacity_;
  std::list<entry> entries_;  ///< most recently used first
  std::unordered_map<std::string, std::list<entry>::iterator> index_;
};

}  // namespace anytls::net
