#pragma once
// The web server behind an AnyTLS server: named and formed like sing-box's trojan inbound in JSON,
// HOST:PORT in YAML.

#include "config/cursor.h"
#include "protocol/socks_address.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace anytls::config {

/// What nginx agrees on, in its order; h2 only where fallback_for_alpn has it. Without a word about
/// ALPN a server with a web server behind it does the same.
inline constexpr std::array<std::string_view, 4> alpn_of_nginx{"h2", "http/1.1", "http/1.0",
                                                               "http/0.9"};

/// {"server": "127.0.0.1", "server_port": 8080}
void read_fallback(const cursor& at, std::optional<protocol::address>& into);
/// {"h2": {...}}
void read_fallback_for_alpn(const cursor& at, std::map<std::string, protocol::address>& into);

/// 127.0.0.1:8080
void read_fallback_text(const cursor& at, std::optional<protocol::address>& into);
/// {h2: 127.0.0.1:8081}
void read_fallback_text_for_alpn(const cursor& at, std::map<std::string, protocol::address>& into);

}  // namespace anytls::config
