#include "config/socket_values.h"

#include "config/suggest.h"
#include "config/value.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

namespace anytls::config {
namespace {

constexpr auto longest_keep_alive = std::chrono::seconds(32767);  // tcp(7)
constexpr std::size_t longest_interface_name = 15;
constexpr std::uint32_t most_probes = 127;

bool is_empty(const cursor& at) noexcept { return at.value->is_scalar() && at.value->text.empty(); }

void read_address(const cursor& at, std::string& into, int family, std::string_view wanted) {
  std::string text;
  if (!read_string(at, text)) return;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  in6_addr parsed;
  if (!text.empty() && inet_pton(family, text.c_str(), &parsed) != 1)
    return at.error(fmt::format("{} is not an {} address", in_quotes(text), wanted));
  into = std::move(text);
}

}  // namespace

void read_interface(const cursor& at, std::string& into) {
  std::string name;
  if (!read_string(at, name)) return;
  const bool strange = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '/' || c == ':';
  });
  if (strange || name.size() > longest_interface_name)
    return at.error(fmt::format("{} is not the name of a network interface (as `ip link` shows it)",
                                in_quotes(name)));
  into = std::move(name);
}

void read_mark(const cursor& at, std::uint32_t& into) {
  const auto& text = at.value->text;
  const bool hexadecimal =
      at.value->is_scalar() && (text.starts_with("0x") || text.starts_with("0X"));
  if (at.value->type != node::kind::string && !hexadecimal) {
    read_unsigned(at, into);
    return;
  }
  if (text.empty()) return;
  const auto digits = std::string_view(text).substr(hexadecimal ? 2 : 0);
  std::uint32_t number = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
  if (failed != std::errc{} || end != digits.data() + digits.size())
    return at.error(
        fmt::format("{} is not a routing mark; write a number up to 4294967295, or for "
                    "example \"0x1234\"",
                    in_quotes(text)));
  into = number;
}

void read_network_namespace(const cursor& at, std::string& into) {
  std::string name;
  if (!read_string(at, name)) return;
  if (name == "." || name == ".." || name.find('\0') != std::string::npos)
    return at.error(
        fmt::format("{} is not a network namespace; write the name that `ip netns` "
                    "shows, or a path",
                    in_quotes(name)));
  into = std::move(name);
}

void read_keep_alive_time(const cursor& at, std::optional<duration>& into) {
  duration time{};
  if (is_empty(at) ||
      !read_duration(at, time, at.weak ? bare_number::seconds : bare_number::refused))
    return;
  if (time > longest_keep_alive)
    return at.error(fmt::format("{} is too long; at most 32767s", in_quotes(at.value->text)));
  if (time != duration{0}) into = std::chrono::ceil<std::chrono::seconds>(time);
}

void read_keep_alive_count(const cursor& at, std::optional<std::uint32_t>& into) {
  std::uint32_t count = 0;
  if (read_unsigned(at, count, most_probes) && count != 0) into = count;
}

void read_fallback_delay(const cursor& at, std::optional<duration>& into) {
  duration delay{};
  if (is_empty(at) || !read_duration(at, delay, bare_number::refused)) return;
  if (delay != duration{0}) into = delay;
}

void read_ipv4(const cursor& at, std::string& into) { read_address(at, into, AF_INET, "IPv4"); }
void read_ipv6(const cursor& at, std::string& into) { read_address(at, into, AF_INET6, "IPv6"); }

void read_switch(const cursor& at, std::optional<bool>& into) {
  bool on = false;
  if (read_bool(at, on)) into = on;
}

}  // namespace anytls::config
