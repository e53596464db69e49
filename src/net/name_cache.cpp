#include "net/name_cache.h"

#include <algorithm>

namespace anytls::net {
namespace {

// A name cannot hold a NUL (the resolver refuses those), so keys of different families never meet.
std::string key_of(const std::string& name, address_family family) {
  std::string key = name;
  key.push_back('\0');
  key.push_back(static_cast<char>('0' + static_cast<int>(family)));
  return key;
}

}  // namespace

const result<addresses>* name_cache::find(const std::string& name, address_family family,
                                          time_point now) {
  const auto at = index_.find(key_of(name, family));
  if (at == index_.end()) return nullptr;
  if (at->second->expires <= now) {
    entries_.erase(at->second);
    index_.erase(at);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, at->second);
  return &at->second->outcome;
}

void name_cache::store(const std::string& name, address_family family, result<addresses> outcome,
                       duration ttl, time_point now) {
  if (capacity_ == 0) return;
  const auto expires = now + std::clamp(ttl, shortest, longest);
  auto key = key_of(name, family);
  if (const auto at = index_.find(key); at != index_.end()) {
    at->second->outcome = std::move(outcome);
    at->second->expires = expires;
    entries_.splice(entries_.begin(), entries_, at->second);
    return;
  }
  if (index_.size() >= capacity_) {
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, std::move(outcome), expires});
  index_.emplace(std::move(key), entries_.begin());
}

void name_cache::clear() {
  index_.clear();
  entries_.clear();
}

}  // namespace anytls::net
