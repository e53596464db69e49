#include "inbound/http_request.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace anytls::inbound {
namespace {

using protocol::address;

constexpr http_refusal bad_target{400, "bad request target"};

/// `host:port`, `[v6]:port`; without a port, `default_port` (0: a port must be there).
std::optional<address> parse_authority(std::string_view text, std::uint16_t default_port) {
  auto host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    host = text.substr(0, end + 1);
    if (end + 1 < text.size() && text[end + 1] != ':') return std::nullopt;
    if (end + 2 < text.size()) port = text.substr(end + 2);
  } else if (const auto colon = text.find(':'); colon != text.npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  std::uint16_t number = default_port;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  }
  // No user information ('@': phishing, and nobody's browser sends it), nothing that delimits
  // elsewhere.
  if (number == 0 || host.find_first_of("@/\\?#\"<>^`{|}% ") != host.npos) return std::nullopt;
  auto out = address::from_host(host, number);
  if (!out.encodable() || (host.starts_with('[') && out.kind != address::kind::ipv6))
    return std::nullopt;
  return out;
}

/// What no proxy passes on, whether Connection names it or not.
bool is_hop_field(std::string_view name) {
  for (std::string_view hop : {"Connection", "Proxy-Connection", "Keep-Alive",
                               "Proxy-Authorization", "TE", "Upgrade", "Host"})
    if (same_text(name, hop)) return true;
  return false;
}

/// What Connection must not take away: the next reader would see another message.
bool is_framing_field(std::string_view name) {
  return same_text(name, "Content-Length") || same_text(name, "Transfer-Encoding") ||
         same_text(name, "Host");
}

std::variant<http_body, http_refusal> body_of(const request_head& head) {
  const auto lengths = head.fields.count("Content-Length");
  const auto encodings = head.fields.count("Transfer-Encoding");
  if (encodings != 0) {
    if (lengths != 0) return http_refusal{400, "both Content-Length and Transfer-Encoding"};
    if (head.minor == 0) return http_refusal{400, "Transfer-Encoding in HTTP/1.0"};
    if (encodings != 1 || !same_text(head.fields.get("Transfer-Encoding"), "chunked"))
      return http_refusal{501, "only the transfer coding chunked is supported"};
    return http_body::in_chunks(http_body::strictness::request);
  }
  if (lengths == 0) return http_body{};
  const auto text = head.fields.get("Content-Length");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (lengths != 1 || error != std::errc() || end != text.data() + text.size())
    return http_refusal{400, "bad Content-Length"};
  return http_body::of_length(size);
}

/// A value that Connection and Upgrade agree on, and no change to HTTP/2 (which this proxy would
/// not understand).
bool wants_upgrade(const request_head& head, const http_body& body) {
  if (head.minor == 0 || !body.done() || !head.fields.lists("Connection", "Upgrade")) return false;
  const auto protocols = head.fields.list("Upgrade");
  return !protocols.empty() && std::ranges::none_of(protocols, [](auto p) {
    return same_text(p, "h2c") || same_text(p, "h2");
  });
}

bool wants_keep_alive(const request_head& head) {
  const auto says = [&](std::string_view token) {
    return head.fields.lists("Connection", token) || head.fields.lists("Proxy-Connection", token);
  };
  return head.minor == 0 ? says("keep-alive") : !says("close");
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    int value;
    if (c >= 'A' && c <= 'Z')
      value = c - 'A';
    else if (c >= 'a' && c <= 'z')
      value = c - 'a' + 26;
    else if (c >= '0' && c <= '9')
      value = c - '0' + 52;
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    else
      return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 0xff);
    }
  }
  return out;
}

}  // namespace

std::variant<http_plan, http_refusal> plan_request(const request_head& head) {
  http_plan plan;
  plan.client_1_0 = head.minor == 0;
  plan.keep_alive = wants_keep_alive(head);
  if (head.fields.count("Host") > 1) return http_refusal{400, "more than one Host"};

  if (head.method == "CONNECT") {
    auto target = parse_authority(head.target, 0);
    if (!target) return http_refusal{400, "CONNECT needs host:port"};
    plan.connect = true;
    plan.target = std::move(*target);
    return plan;
  }

  std::string_view rest = head.target;
  constexpr std::string_view scheme = "http://";
  if (!same_text(rest.substr(0, scheme.size()), scheme)) {
    if (rest.front() == '/' || rest == "*")
      return http_refusal{400, "this is an HTTP proxy, not a web server"};
    return http_refusal{400, "only http:// is proxied; everything else uses CONNECT"};
  }
  rest.remove_prefix(scheme.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  rest = rest.substr(0, rest.find('#'));
  auto target = parse_authority(authority, 80);
  if (!target) return bad_target;
  plan.target = std::move(*target);

  auto body = body_of(head);
  if (const auto* refusal = std::get_if<http_refusal>(&body)) return *refusal;
  plan.body = std::get<http_body>(body);
  plan.is_head = head.method == "HEAD";
  plan.upgrade = wants_upgrade(head, plan.body);
  plan.repeatable =
      plan.body.done() && !plan.upgrade &&
      (head.method == "GET" || plan.is_head || head.method == "OPTIONS" || head.method == "TRACE");

  auto& out = plan.head;
  out.append(head.method).append(" ");
  if (rest.empty())
    out += head.method == "OPTIONS" ? "*" : "/";
  else if (rest.front() == '?')
    out.append("/").append(rest);
  else
    out.append(rest);
  out += " HTTP/1.1\r\n";
  // The request target names the host; a Host that says something else must not reach it (RFC 9112
  // §3.2.2).
  append_field(out, "Host", authority);
  const auto named = head.fields.list("Connection");
  for (const auto& field : head.fields) {
    if (is_hop_field(field.name)) continue;
    const bool dropped =
        std::ranges::any_of(named, [&](auto name) { return same_text(name, field.name); });
    if (dropped && !is_framing_field(field.name)) continue;
    append_field(out, field.name, field.value);
  }
  if (plan.upgrade) {
    append_field(out, "Connection", "Upgrade");
    for (auto protocol : head.fields.list("Upgrade")) append_field(out, "Upgrade", protocol);
  } else if (!plan.keep_alive) {
    append_field(out, "Connection", "close");
  }
  out += "\r\n";
  return plan;
}

proxy_user check_proxy_user(const request_head& head, const user_list& users) {
  proxy_user out;
  if (!users.required()) {
    out.allowed = true;
    return out;
  }
  if (head.fields.count("Proxy-Authorization") != 1) return out;
  out.presented = true;
  auto value = head.fields.get("Proxy-Authorization");
  constexpr std::string_view method = "Basic ";
  if (!same_text(value.substr(0, method.size()), method)) return out;
  value.remove_prefix(method.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  const auto plain = decode_base64(value);
  const auto colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos) return out;
  const auto name = std::string_view(*plain).substr(0, colon);
  out.allowed = users.matches(name, std::string_view(*plain).substr(colon + 1));
  if (out.allowed) out.name = name;
  return out;
}

}  // namespace anytls::inbound
