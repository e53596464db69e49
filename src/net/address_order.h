#pragma once
// In which order the addresses of a target are tried: a light form of RFC 6724 (the default policy
// table's precedence, no source addresses), then interleaved as RFC 8305 section 4 says. Pure.

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <vector>

namespace anytls::net {

namespace asio = boost::asio;

/// Which addresses of a name are asked for.
enum class address_family : std::uint8_t { any, ipv4, ipv6 };

/// What a user may prefer; the names are sing-box's `domain_strategy`.
enum class family_strategy : std::uint8_t { as_is, prefer_ipv4, prefer_ipv6, ipv4_only, ipv6_only };

address_family wanted_family(family_strategy s) noexcept;
bool matches(const asio::ip::address& a, address_family f) noexcept;

/// RFC 6724 section 2.1, default table: the higher the earlier. IPv4 is 35, global IPv6 40, unique
/// local IPv6 3.
int precedence(const asio::ip::address& a) noexcept;

/// Drops doubles and unwanted families, sorts each family by precedence (equal ones keep the
/// resolver's order), then alternates between the families. `as_is` begins with IPv6 unless all
/// that is there is worse than IPv4 (Teredo, 6to4, unique local). An IPv4-mapped IPv6 address
/// counts, and is returned, as IPv4.
std::vector<asio::ip::address> order_addresses(const std::vector<asio::ip::address>& found,
                                               family_strategy s);

}  // namespace anytls::net
