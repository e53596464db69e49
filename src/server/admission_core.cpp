#include "server/admission_core.h"

#include <algorithm>
#include <cstring>

namespace anytls::server {
namespace {

constexpr double burst_seconds = 5;
constexpr double window_seconds = 60;
constexpr std::uint32_t share_under_pressure = 16;
// How many of the oldest are looked at for one that may be forgotten.
constexpr int attempts_to_forget = 8;

std::uint64_t mixed(std::uint64_t x) noexcept {  // the finaliser of splitmix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

source_key source_of(std::array<std::uint8_t, 16> address) noexcept {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!std::equal(mapped.begin(), mapped.end(), address.begin()))
    std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
  return {address};
}

const char* describe(admission_verdict v) noexcept {
  switch (v) {
    case admission_verdict::admitted:
      return "admitted";
    case admission_verdict::too_many_pending:
      return "too many connections are not authenticated yet";
    case admission_verdict::too_many_from_source:
      return "too many of its connections are not authenticated yet";
    case admission_verdict::too_fast:
      return "too many TLS handshakes in a short time";
    case admission_verdict::too_many_failures:
      return "too many failed authentications";
  }
  return "";
}

void admission_core::bucket::leak(double per_second, time_point now) noexcept {
  if (now > at) {
    level = std::max(0.0, level - per_second * std::chrono::duration<double>(now - at).count());
    at = now;
  }
}

std::size_t admission_core::hash::operator()(const source_key& key) const noexcept {
  std::uint64_t half[2];
  std::memcpy(half, key.bytes.data(), sizeof half);
  return mixed(mixed(half[0] ^ seed) + half[1]);
}

admission_core::admission_core(const admission_options& options, std::uint64_t seed)
    : options_(options), sources_(0, hash{seed}) {}

admission_core::source* admission_core::find(const source_key& key) {
  const auto at = sources_.find(key);
  if (at == sources_.end()) return nullptr;
  recent_.splice(recent_.end(), recent_, at->second);
  return &*at->second;
}

// Somebody has to go. Not one with connections under way: their number would be lost.
bool admission_core::forget_one() {
  for (int i = 0; i < attempts_to_forget && !recent_.empty(); ++i) {
    const auto oldest = recent_.begin();
    if (oldest->pending == 0) {
      sources_.erase(oldest->key);
      recent_.erase(oldest);
      return true;
    }
    recent_.splice(recent_.end(), recent_, oldest);
  }
  return false;
}

admission_core::source* admission_core::find_or_make(const source_key& key) {
  if (auto* known = find(key)) return known;
  if (sources_.size() >= options_.sources && !forget_one()) return nullptr;
  recent_.push_back({});
  recent_.back().key = key;
  sources_.emplace(key, std::prev(recent_.end()));
  return &recent_.back();
}

std::uint32_t admission_core::limit_per_source() const noexcept {
  const auto most = options_.pending_per_source;
  const bool pressed = options_.pending != 0 && pending_ >= options_.pending / 2;
  return pressed && most != 0 ? std::max(most / share_under_pressure, 1U) : most;
}

admission_verdict admission_core::arrive(const std::optional<source_key>& from, time_point now) {
  using enum admission_verdict;
  if (options_.pending != 0 && pending_ >= options_.pending) return too_many_pending;
  if (auto* who = from ? find_or_make(*from) : nullptr) {
    if (now < who->shut_out_until) return too_many_failures;
    if (const auto most = limit_per_source(); most != 0 && who->pending >= most)
      return too_many_from_source;
    if (const double rate = options_.handshakes_per_second; rate != 0) {
      who->handshakes.leak(rate, now);
      if (who->handshakes.level + 1 > rate * burst_seconds) return too_fast;
      who->handshakes.level += 1;
    }
    ++who->pending;
  }
  ++pending_;
  return admitted;
}

void admission_core::leave(const std::optional<source_key>& from, departure how, time_point now) {
  if (pending_ > 0) --pending_;
  auto* who = from ? find(*from) : nullptr;  // the table may have been too small for it
  if (!who) return;
  if (who->pending > 0) --who->pending;
  const double most = options_.failures_per_minute;
  if (how != departure::failed || most == 0) return;
  who->failures.leak(most / window_seconds, now);
  who->failures.level += 1;
  if (who->failures.level <= most - 1) return;  // a fraction has leaked since the first one
  who->failures.level = 0;
  who->shut_out_until = now + options_.shut_out;
}

}  // namespace anytls::server
