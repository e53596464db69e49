#pragma once
// Values of the fields that concern sockets, of either form. On an error the target is left as it
// was.

#include "config/cursor.h"
#include "config/dial_model.h"

namespace anytls::config {

/// A name that an interface can have: 1..15 characters. Empty = none.
void read_interface(const cursor& at, std::string& into);
/// 0..4294967295, or the same as a string, in hexadecimal with 0x.
void read_mark(const cursor& at, std::uint32_t& into);
/// A path, or a name without slashes.
void read_network_namespace(const cursor& at, std::string& into);
/// "30s" (sing-box) or seconds (mihomo); up to 32767 s, rounded up to seconds. 0 = the default.
void read_keep_alive_time(const cursor& at, std::optional<duration>& into);
/// 1..127; 0 = the default.
void read_keep_alive_count(const cursor& at, std::optional<std::uint32_t>& into);
/// "300ms"; 0 = the default.
void read_fallback_delay(const cursor& at, std::optional<duration>& into);
void read_ipv4(const cursor& at, std::string& into);
void read_ipv6(const cursor& at, std::string& into);
void read_switch(const cursor& at, std::optional<bool>& into);

/// Said of the fields that choose among the networks of a telephone.
inline constexpr std::string_view graphical_only =
    "only sing-box's graphical clients for Android and Apple have it; the routes of this system "
    "are used";
inline constexpr std::string_view no_udp = "there is no UDP";

}  // namespace anytls::config
