#pragma once
// One value from a node, or an error message at its place. On an error the target is left as it
// was. None of these puts what it found into a message, except where the value can be no secret
// (durations, words).

#include "base/clock.h"
#include "config/cursor.h"
#include "config/model.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

/// "a list", "a number", ... for "expected ..., found ...".
std::string_view kind_in_words(const node& n) noexcept;

bool read_string(const cursor& at, std::string& into);
bool read_bool(const cursor& at, bool& into);
bool read_unsigned(const cursor& at, std::uint32_t& into,
                   std::uint32_t most = std::numeric_limits<std::uint32_t>::max());
/// 1..65535; `zero_is_off`: 0 is taken too.
bool read_port(const cursor& at, std::uint16_t& into, bool zero_is_off = false);
/// A list, or a single value where a list may stand.
bool read_strings(const cursor& at, std::vector<std::string>& into);
/// The same, joined by line breaks (PEM, padding schemes).
bool read_lines(const cursor& at, std::string& into);

enum class bare_number : std::uint8_t { refused, seconds };
bool read_duration(const cursor& at, duration& into, bare_number bare);

/// Name or IP address without brackets.
bool read_host(const cursor& at, std::string& into);
/// An IP address to listen on; brackets are taken off.
bool read_listen(const cursor& at, std::string& into);
bool is_ip_address(const std::string& text) noexcept;
bool is_loopback(const std::string& address) noexcept;

bool read_min_version(const cursor& at, std::optional<tls_version>& into);
bool read_max_version(const cursor& at, std::optional<tls_version>& into);

/// One of `names`; its index. An error names them all.
std::optional<std::size_t> read_word(const cursor& at, std::span<const std::string_view> names);

}  // namespace anytls::config
