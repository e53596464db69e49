#include "protocol/proxy_protocol_codec.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace anytls::protocol {
namespace {

using namespace std::string_view_literals;
using state = proxy_header::state;

constexpr auto line_start = "PROXY "sv;
constexpr std::size_t max_line = 107;  // with its end

constexpr auto signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t fixed = 16;  // signature, version and command, family, length
constexpr std::uint8_t local = 0x20;
constexpr std::uint8_t proxied = 0x21;
constexpr std::uint8_t tcp4 = 0x11;
constexpr std::uint8_t tcp6 = 0x21;
constexpr std::size_t tcp4_addresses = 4 + 4 + 2 + 2;
constexpr std::size_t tcp6_addresses = 16 + 16 + 2 + 2;

bool may_begin(std::string_view input, std::string_view with) {
  const auto size = std::min(input.size(), with.size());
  return input.substr(0, size) == with.substr(0, size);
}

/// Decimal, without leading zeros.
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t out = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return out;
}

/// Up to the next space, which goes too. Nothing where there is no space.
std::optional<std::string_view> word(std::string_view& rest) {
  const auto space = rest.find(' ');
  if (space == rest.npos) return std::nullopt;
  const auto out = rest.substr(0, space);
  rest.remove_prefix(space + 1);
  return out;
}

/// `rest`: "1.2.3.4 5.6.7.8 1111 443".
std::optional<address> source_of_line(std::string_view rest, enum address::kind family) {
  const auto from = word(rest);
  const auto to = word(rest);
  const auto from_port = word(rest);
  if (!from || !to || !from_port) return std::nullopt;
  const auto source = port_of(*from_port);
  if (!source || !port_of(rest) || from->starts_with('[') || to->starts_with('['))
    return std::nullopt;
  auto out = address::from_host(*from, *source);
  if (out.kind != family || address::from_host(*to, 0).kind != family) return std::nullopt;
  return out;
}

proxy_header read_line(std::string_view input) {
  const auto end = input.substr(0, max_line).find('\r');
  if (end == input.npos) return {input.size() < max_line ? state::need_more : state::malformed};
  if (end + 1 == input.size()) return {end + 1 < max_line ? state::need_more : state::malformed};
  if (end + 2 > max_line || input[end + 1] != '\n') return {state::malformed};
  auto rest = input.substr(line_start.size(), end - line_start.size());
  proxy_header out{state::complete, end + 2, std::nullopt};
  if (rest == "UNKNOWN" || rest.starts_with("UNKNOWN ")) return out;
  const auto family = word(rest);
  if (family == "TCP4")
    out.source = source_of_line(rest, address::kind::ipv4);
  else if (family == "TCP6")
    out.source = source_of_line(rest, address::kind::ipv6);
  return out.source ? out : proxy_header{state::malformed};
}

template <std::size_t N>
std::array<std::uint8_t, N> taken(bytes_view from) {
  std::array<std::uint8_t, N> out;
  std::copy_n(from.begin(), N, out.begin());
  return out;
}

proxy_header read_binary(bytes_view input) {
  if (input.size() < fixed) return {state::need_more};
  const auto command = input[12];
  const auto family = input[13];
  const std::size_t length = get_u16(input.data() + 14);
  if ((command != local && command != proxied) || fixed + length > max_proxy_header)
    return {state::malformed};
  const auto needed = family == tcp4 ? tcp4_addresses : family == tcp6 ? tcp6_addresses : 0;
  if (command == proxied && length < needed) return {state::malformed};
  if (input.size() < fixed + length) return {state::need_more};
  proxy_header out{state::complete, fixed + length, std::nullopt};
  if (command == local) return out;
  const auto block = input.subspan(fixed, length);
  if (family == tcp4) out.source = address::from_ipv4(taken<4>(block), get_u16(&block[8]));
  if (family == tcp6) out.source = address::from_ipv6(taken<16>(block), get_u16(&block[32]));
  return out;
}

}  // namespace

proxy_header read_proxy_header(bytes_view input) {
  const auto text = as_text(input);
  if (!may_begin(text, line_start) && !may_begin(text, signature)) return {state::absent};
  if (text.starts_with(line_start)) return read_line(text);
  if (text.starts_with(signature)) return read_binary(input);
  return {state::need_more};
}

}  // namespace anytls::protocol
