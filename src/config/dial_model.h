#pragma once
// How a connection is made, and what its socket is set to, as a configuration may say it; part of
// the model.

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>

namespace anytls::config {

/// Which address families of a name are tried, and which first.
enum class domain_strategy : std::uint8_t { as_is, prefer_ipv4, prefer_ipv6, ipv4_only, ipv6_only };

/// What is absent is ours: net/socket_options.h.
struct keep_alive {
  std::optional<bool> disabled;
  std::optional<duration> idle;      ///< whole seconds, 1..32767
  std::optional<duration> interval;  ///< the same
  std::optional<std::uint32_t> count;

  bool operator==(const keep_alive&) const = default;
};

/// What outbounds and inbounds may ask of a socket alike.
struct socket_fields {
  std::string interface;           ///< empty = as the routes say
  std::uint32_t routing_mark = 0;  ///< 0 = none
  std::string network_namespace;   ///< name or path; empty = our own
  bool reuse_address = false;
  std::optional<bool> fast_open;
  std::optional<bool> multi_path;
  anytls::config::keep_alive keep_alive;

  bool operator==(const socket_fields&) const = default;
};

struct dial {
  std::string detour;  ///< tag of the outbound that makes the connections; empty = this one does
  duration connect_timeout = 5s;
  domain_strategy strategy = domain_strategy::as_is;
  socket_fields socket;
  std::string ipv4_source;  ///< an address of its family; empty = as the routes say
  std::string ipv6_source;
  bool source_without_port = false;
  std::optional<duration> fallback_delay;  ///< between the addresses of a name

  bool operator==(const dial&) const = default;
};

/// What outbounds without a word of their own on it do.
struct dial_defaults {
  std::string interface;
  std::uint32_t routing_mark = 0;
  std::optional<duration> fallback_delay;
  anytls::config::keep_alive keep_alive;

  void apply(dial& to) const;
};

/// The same for inbounds.
struct inbound_defaults {
  std::optional<bool> fast_open;
  std::optional<bool> multi_path;
  anytls::config::keep_alive keep_alive;

  void apply(socket_fields& to) const;
};

}  // namespace anytls::config
