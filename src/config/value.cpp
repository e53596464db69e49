#include "config/value.h"

#include "config/duration.h"
#include "config/suggest.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

namespace anytls::config {
namespace {

bool wrong_type(const cursor& at, std::string_view wanted) {
  at.error(fmt::format("expected {}, found {}", wanted, kind_in_words(*at.value)));
  return false;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string_view kind_in_words(const node& n) noexcept {
  switch (n.type) {
    case node::kind::null:
      return "nothing";
    case node::kind::boolean:
      return "true or false";
    case node::kind::integer:
    case node::kind::real:
      return "a number";
    case node::kind::string:
      return "a string";
    case node::kind::plain:
      return "a word";
    case node::kind::list:
      return "a list";
    case node::kind::map:
      return "an object";
  }
  return "something else";
}

bool read_string(const cursor& at, std::string& into) {
  const node& n = *at.value;
  if (n.type == node::kind::string || (at.weak && n.is_scalar())) {
    into = n.text;
    return true;
  }
  return wrong_type(at, "a string");
}

bool read_bool(const cursor& at, bool& into) {
  const node& n = *at.value;
  if (n.type == node::kind::boolean) {
    into = n.text == "true";
    return true;
  }
  if (at.weak && n.is_scalar()) {
    const auto word = lower(n.text);
    constexpr std::array<std::string_view, 6> yes{"true", "yes", "on", "1", "y", "t"};
    constexpr std::array<std::string_view, 6> no{"false", "no", "off", "0", "n", "f"};
    if (std::find(yes.begin(), yes.end(), word) != yes.end()) return into = true, true;
    if (std::find(no.begin(), no.end(), word) != no.end()) return into = false, true;
  }
  return wrong_type(at, "true or false");
}

bool read_unsigned(const cursor& at, std::uint32_t& into, std::uint32_t most) {
  const node& n = *at.value;
  const bool may_be_number =
      n.type == node::kind::integer || (at.weak && n.is_scalar() && !n.is_null());
  if (!may_be_number) {
    if (n.type == node::kind::real) {
      at.error("expected a whole number");
      return false;
    }
    return wrong_type(at, "a whole number");
  }
  std::string_view text = n.text;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || ec == std::errc::invalid_argument || end != text.data() + text.size()) {
    at.error("expected a whole number");
    return false;
  }
  if (negative && (number != 0 || ec != std::errc{})) {
    at.error("must not be negative");
    return false;
  }
  if (ec != std::errc{} || number > most) {
    at.error(fmt::format("too large; at most {}", most));
    return false;
  }
  into = static_cast<std::uint32_t>(number);
  return true;
}

bool read_port(const cursor& at, std::uint16_t& into, bool zero_is_off) {
  std::uint32_t number = 0;
  if (!read_unsigned(at, number)) return false;
  if (number > 65535 || (number == 0 && !zero_is_off)) {
    at.error(fmt::format("{} is not a port; ports are 1 to 65535", number));
    return false;
  }
  into = static_cast<std::uint16_t>(number);
  return true;
}

bool read_strings(const cursor& at, std::vector<std::string>& into) {
  std::vector<std::string> out;
  if (at.value->is_list()) {
    for (std::size_t i = 0; i < at.value->items.size(); ++i) {
      std::string item;
      if (!read_string(at.at(i), item)) return false;
      out.push_back(std::move(item));
    }
  } else {
    std::string item;
    if (at.value->is_map()) return wrong_type(at, "a list of strings");
    if (!read_string(at, item)) return false;
    if (!item.empty()) out.push_back(std::move(item));
  }
  into = std::move(out);
  return true;
}

bool read_lines(const cursor& at, std::string& into) {
  std::vector<std::string> lines;
  if (!read_strings(at, lines)) return false;
  into = fmt::format("{}", fmt::join(lines, "\n"));
  return true;
}

bool read_duration(const cursor& at, duration& into, bare_number bare) {
  const node& n = *at.value;
  const bool number = n.type == node::kind::integer || n.type == node::kind::real;
  if (!n.is_scalar() || n.type == node::kind::boolean)
    return wrong_type(at, "a duration such as 30s or 5m");
  if (number && !at.weak && n.text == "0") {  // 0 means the same in every unit
    into = duration{0};
    return true;
  }
  auto parsed = parse_duration(n.text);
  if (parsed.error == duration_error::no_unit && bare == bare_number::seconds &&
      n.text.find('.') == std::string::npos)
    parsed = parse_duration(n.text + "s");
  switch (parsed.error) {
    case duration_error::none:
      if (number && !at.weak) break;  // unreachable: a JSON number has no unit
      into = parsed.value;
      return true;
    case duration_error::negative:
      at.error(fmt::format("{} is negative", in_quotes(n.text)));
      return false;
    case duration_error::too_large:
      at.error(fmt::format("{} is too long", in_quotes(n.text)));
      return false;
    case duration_error::no_unit:
      at.error(number && !at.weak
                   ? fmt::format("{0} has no unit; write \"{0}s\"", n.text)
                   : fmt::format("{} has no unit; write {}s", in_quotes(n.text), n.text));
      return false;
    case duration_error::not_a_duration:
      break;
  }
  const auto meant = suggest_duration(n.text);
  at.error(fmt::format("{} is not a duration; write {}", in_quotes(n.text),
                       meant ? *meant : "for example 30s, 5m or 1h30m"));
  return false;
}

bool read_host(const cursor& at, std::string& into) {
  std::string host;
  if (!read_string(at, host)) return false;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  const bool strange = std::any_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '/' || c == '@' || c == '[' ||
           c == ']';
  });
  if (strange || host.size() > 255) {
    at.error(fmt::format("{} is not a host name or an IP address", in_quotes(host)));
    return false;
  }
  if (host.find(':') != std::string::npos && !is_ip_address(host)) {
    at.error(fmt::format("{} is not a host name or an IP address (the port has its own field)",
                         in_quotes(host)));
    return false;
  }
  into = std::move(host);
  return true;
}

bool is_ip_address(const std::string& text) noexcept {
  in6_addr address;
  // Link-local addresses carry their interface: fe80::1%eth0.
  const auto scope = text.find('%');
  if (inet_pton(AF_INET, text.c_str(), &address) == 1) return true;
  return inet_pton(AF_INET6, text.substr(0, scope).c_str(), &address) == 1;
}

bool is_loopback(const std::string& address) noexcept {
  in_addr v4;
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool read_listen(const cursor& at, std::string& into) {
  std::string address;
  if (!read_string(at, address)) return false;
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address == "localhost") address = "127.0.0.1";
  if (!is_ip_address(address)) {
    at.error(fmt::format(
        "{} is not an IP address; write 127.0.0.1 for this machine only, or :: for every address",
        in_quotes(address)));
    return false;
  }
  into = std::move(address);
  return true;
}

std::optional<std::size_t> read_word(const cursor& at, std::span<const std::string_view> names) {
  std::string word;
  if (!read_string(at, word)) return std::nullopt;
  if (at.weak) word = lower(word);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == word) return i;
  const auto near = nearest(word, names);
  std::vector<std::string_view> listed;  // "" stands for the default in some lists
  std::copy_if(names.begin(), names.end(), std::back_inserter(listed),
               [](auto name) { return !name.empty(); });
  at.error(near.empty()
               ? fmt::format("{} is unknown; one of {}", in_quotes(word), fmt::join(listed, ", "))
               : fmt::format("{} is unknown, did you mean {}?", in_quotes(word), near));
  return std::nullopt;
}

namespace {
constexpr std::array<std::string_view, 4> version_names{"1.0", "1.1", "1.2", "1.3"};
}

bool read_min_version(const cursor& at, std::optional<tls_version>& into) {
  const auto index = read_word(at, version_names);
  if (!index) return false;
  if (*index < 2) at.warning("TLS 1.2 is the lowest version here and is used instead");
  into = *index < 3 ? tls_version::tls_1_2 : tls_version::tls_1_3;
  return true;
}

bool read_max_version(const cursor& at, std::optional<tls_version>& into) {
  const auto index = read_word(at, version_names);
  if (!index) return false;
  if (*index < 2) {
    at.error("TLS 1.2 is the lowest version here; write 1.2 or 1.3");
    return false;
  }
  into = *index < 3 ? tls_version::tls_1_2 : tls_version::tls_1_3;
  return true;
}

}  // namespace anytls::config
