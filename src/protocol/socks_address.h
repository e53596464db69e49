#pragma once
// Targets as host and port, and as SOCKS5 writes them (RFC 1928 §5; docs/spec/protocol.md §3):
//   | ATYP u8: 1 IPv4, 3 domain, 4 IPv6 | address (domain: u8 length, name) | port u16 |
//
// Flow: a server collects the first bytes of a stream and calls parse_socks_address() until it
// gives an address; the bytes after parsed::size are payload.

#include "base/bytes.h"
#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anytls::protocol {

inline constexpr std::size_t max_domain = 255;
inline constexpr std::size_t max_socks_address = 1 + 1 + max_domain + 2;

struct address {
  enum class kind { ipv4, ipv6, domain } kind = kind::domain;
  std::array<std::uint8_t, 16> ip{};  ///< ipv4: the first 4, the rest zero
  std::string domain;                 ///< only for kind::domain; not necessarily ASCII
  std::uint16_t port = 0;

  bool operator==(const address&) const = default;

  bool is_ip() const noexcept { return kind != kind::domain; }

  /// An IP literal (IPv6 with or without brackets) becomes an IP address, anything else a domain,
  /// unchecked.
  static address from_host(std::string_view host, std::uint16_t port);
  static address from_ipv4(const std::array<std::uint8_t, 4>& ip, std::uint16_t port);
  static address from_ipv6(const std::array<std::uint8_t, 16>& ip, std::uint16_t port);

  /// The domain, or the IP address without brackets. An IPv4-mapped IPv6 address stays one
  /// (::ffff:192.0.2.1).
  std::string host() const;

  /// host:port, an IPv6 host in brackets.
  std::string to_string() const;

  /// False for a domain that SOCKS5 cannot carry (empty, over 255 bytes, control characters).
  bool encodable() const noexcept;
};

/// A domain that is not encodable() is written as an empty one, which every server refuses: a name
/// that is cut would be another host's.
void append_socks_address(bytes& out, const address& a);

struct parsed {
  address value;
  std::size_t size = 0;  ///< bytes that it took

  bool operator==(const parsed&) const = default;
};

/// nullopt: the address is not complete yet (never with max_socks_address bytes or more).
/// errc::protocol_error: an unknown ATYP, an empty domain, or one with control characters (bytes
/// below 0x20, 0x7f), which could forge log lines. A domain that spells an IP address stays a
/// domain: rules about IP addresses must be applied to what it resolves to.
result<std::optional<parsed>> parse_socks_address(bytes_view data);

/// The three numbers of ATYP, which differ between SOCKS5 and UDP over TCP.
struct address_types {
  std::uint8_t ipv4;
  std::uint8_t domain;
  std::uint8_t ipv6;
};
inline constexpr address_types socks_types{1, 3, 4};

/// The same with other numbers (udp_over_tcp.h).
void append_address(bytes& out, const address& a, const address_types& types);
result<std::optional<parsed>> parse_address(bytes_view data, const address_types& types);

}  // namespace anytls::protocol
