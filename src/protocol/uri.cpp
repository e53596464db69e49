#include "protocol/uri.h"

#include "protocol/socks_address.h"
#include "protocol/text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace anytls::protocol {
namespace {

constexpr std::string_view scheme = "anytls://";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Cuts `text` at the first `mark`: it keeps what comes before; what comes after is returned.
std::string_view split(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return {};
  const auto after = text.substr(at + 1);
  text = text.substr(0, at);
  return after;
}

std::string password_of(std::string_view user_info) {
  auto user = user_info;
  const auto password = split(user, ':');
  return percent_decode(password.empty() ? user : password);
}

bool is_ip(std::string_view host) { return address::from_host(host, 0).is_ip(); }

bool plausible_name(std::string_view host) {
  constexpr std::string_view never = " %:@[]<>\"\\^`{|}";
  return !host.empty() && host.size() <= max_domain &&
         std::none_of(host.begin(), host.end(),
                      [&](char c) { return is_control(c) || never.find(c) != never.npos; });
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value == 0) return std::nullopt;
  return value;
}

// "host", "host:", "host:port", "[v6]", "[v6]:port"
bool take_host(std::string_view text, server_uri& out) {
  auto host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    host.remove_prefix(1);
    port = split(host, ']');
    if (!is_ip(host) || host.find(':') == host.npos) return false;
    if (text.size() == host.size() + 1) return false;  // no closing bracket
    if (!port.empty() && port.front() != ':') return false;
    if (!port.empty()) port.remove_prefix(1);
  } else {
    port = split(host, ':');
    if (!plausible_name(host)) return false;
  }
  out.host = host;
  if (port.empty()) return true;
  const auto number = port_of(port);
  if (number) out.port = *number;
  return number.has_value();
}

void take_alpn(std::string_view list, std::vector<std::string>& out) {
  while (!list.empty()) {
    const auto rest = split(list, ',');
    if (!list.empty()) out.emplace_back(list);
    list = rest;
  }
}

void take_parameters(std::string_view query, server_uri& out) {
  bool seen_sni = false, seen_insecure = false, seen_hpkp = false, seen_alpn = false;
  const auto first = [](bool& seen) { return !std::exchange(seen, true); };
  while (!query.empty()) {
    const auto rest = split(query, '&');
    auto key_text = query;
    query = rest;
    if (key_text.empty()) continue;
    auto value = percent_decode(split(key_text, '='));
    auto key = percent_decode(key_text);
    if (key == "sni") {
      if (first(seen_sni)) out.sni = std::move(value);
    } else if (key == "insecure") {
      if (first(seen_insecure)) out.insecure = value == "1" || equal_ignoring_case(value, "true");
    } else if (key == "hpkp") {
      if (first(seen_hpkp)) out.hpkp = std::move(value);
    } else if (key == "alpn") {
      if (first(seen_alpn)) take_alpn(value, out.alpn);
    } else {
      out.other.emplace_back(std::move(key), std::move(value));
    }
  }
}

}  // namespace

std::string server_uri::server_name() const {
  const auto& name_to_send = sni.empty() ? host : sni;
  return is_ip(name_to_send) ? std::string() : name_to_send;
}

result<server_uri> parse_uri(std::string_view text) {
  text = trim(text);
  if (text.size() > max_uri || !equal_ignoring_case(text.substr(0, scheme.size()), scheme))
    return errc::protocol_error;
  text.remove_prefix(scheme.size());

  server_uri out;
  out.name = percent_decode(split(text, '#'));
  std::erase_if(out.name,
                is_control);  // shown in lists and logs; subscriptions are written by others
  take_parameters(split(text, '?'), out);
  if (!out.sni.empty() && std::any_of(out.sni.begin(), out.sni.end(), is_control))
    return errc::protocol_error;
  // The last '@', and before the path is cut: '@' and '/' in a password are wrong but common. A
  // host has neither, and taking a part of the password for the host would send it to a resolver.
  if (const auto at = text.rfind('@'); at != text.npos) {
    out.auth = password_of(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  split(text, '/');  // there is no path
  if (!take_host(text, out)) return errc::protocol_error;
  return out;
}

std::string to_string(const server_uri& uri) {
  std::string out(scheme);
  if (!uri.auth.empty()) out += percent_encode(uri.auth) + '@';
  out += uri.host.find(':') == uri.host.npos ? uri.host : '[' + uri.host + ']';
  out += ':' + std::to_string(uri.port) + '/';

  char mark = '?';
  const auto add = [&](std::string_view key, std::string_view value) {
    out += mark + percent_encode(key) + '=' + percent_encode(value);
    mark = '&';
  };
  if (!uri.sni.empty()) add("sni", uri.sni);
  if (uri.insecure) add("insecure", "1");
  if (!uri.hpkp.empty()) add("hpkp", uri.hpkp);
  if (!uri.alpn.empty()) {
    std::string list;
    for (const auto& protocol : uri.alpn) list += (list.empty() ? "" : ",") + protocol;
    add("alpn", list);
  }
  for (const auto& [key, value] : uri.other) add(key, value);
  if (!uri.name.empty()) out += '#' + percent_encode(uri.name);
  return out;
}

}  // namespace anytls::protocol
