#pragma once
// Which connections are let in to the TLS handshake. Pure: time and events come in, a verdict goes
// out.
//
// Flow: arrive() when a connection was accepted -> whoever is let in leaves exactly once: leave()
// when it has authenticated, has failed to, or is gone. Authenticated sessions are not counted. A
// source is an IPv4 address or an IPv6 /64; sources are remembered in a table of fixed size, the
// one not heard of for longest is forgotten first, so that whoever owns a /32 of IPv6 costs us
// nothing more: the total limit holds all the same.

#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

namespace anytls::server {

/// Counts: 0 = no limit.
struct admission_options {
  /// Connections that are not authenticated yet, in all. Above half of it one source may have a
  /// sixteenth of its own limit.
  std::uint32_t pending = 4096;
  std::uint32_t pending_per_source = 1024;
  std::uint32_t handshakes_per_second = 500;  ///< of one source; five seconds' worth in one go
  std::uint32_t failures_per_minute = 600;    ///< of one source; above it, it is shut out
  duration shut_out = 30s;
  std::size_t sources = 8192;  ///< remembered at once
};

struct source_key {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d; of other IPv6 the first half
  bool operator==(const source_key&) const = default;
};

/// `address`: an IPv6 address, or an IPv4-mapped one.
source_key source_of(std::array<std::uint8_t, 16> address) noexcept;

enum class admission_verdict : std::uint8_t {
  admitted,
  too_many_pending,  ///< of all sources
  too_many_from_source,
  too_fast,
  too_many_failures,
};

/// Half a sentence for the log.
const char* describe(admission_verdict v) noexcept;

enum class departure : std::uint8_t {
  authenticated,
  failed,  ///< the handshake was good, and then it was not a client
  gone,    ///< no handshake, or we are shutting down
};

class admission_core {
 public:
  /// `seed`: a secret, so that nobody can choose sources that collide.
  admission_core(const admission_options& options, std::uint64_t seed);

  /// No source: one that is not limited (a reverse proxy in front of us); it counts in the total.
  admission_verdict arrive(const std::optional<source_key>& from, time_point now);
  void leave(const std::optional<source_key>& from, departure how, time_point now);

  std::uint32_t pending() const noexcept { return pending_; }
  std::size_t sources() const noexcept { return sources_.size(); }

 private:
  /// A bucket that leaks: events minus what has leaked since.
  struct bucket {
    double level = 0;
    time_point at{};
    void leak(double per_second, time_point now) noexcept;
  };
  struct source {
    source_key key;
    std::uint32_t pending = 0;
    bucket handshakes;
    bucket failures;
    time_point shut_out_until{};
  };
  struct hash {
    std::uint64_t seed;
    std::size_t operator()(const source_key& key) const noexcept;
  };
  using recent = std::list<source>;  ///< the one heard of last is at the back

  source* find(const source_key& key);
  source* find_or_make(const source_key& key);
  bool forget_one();
  std::uint32_t limit_per_source() const noexcept;

  const admission_options options_;
  std::uint32_t pending_ = 0;
  recent recent_;
  std::unordered_map<source_key, recent::iterator, hash> sources_;
};

}  // namespace anytls::server
