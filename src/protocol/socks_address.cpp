#include "protocol/socks_address.h"

#include "protocol/text.h"

#include <arpa/inet.h>

#include <algorithm>

namespace anytls::protocol {
namespace {

bool is_safe(std::string_view domain) {
  return std::none_of(domain.begin(), domain.end(), is_control);
}

}  // namespace

address address::from_ipv4(const std::array<std::uint8_t, 4>& ip, std::uint16_t port) {
  address out;
  out.kind = kind::ipv4;
  std::copy(ip.begin(), ip.end(), out.ip.begin());
  out.port = port;
  return out;
}

address address::from_ipv6(const std::array<std::uint8_t, 16>& ip, std::uint16_t port) {
  address out;
  out.kind = kind::ipv6;
  out.ip = ip;
  out.port = port;
  return out;
}

address address::from_host(std::string_view host, std::uint16_t port) {
  // inet_pton wants an end of string; a NUL inside would make it see another host than everybody
  // else.
  if (host.find('\0') == host.npos) {
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const std::string text(bracketed ? host.substr(1, host.size() - 2) : host);
    std::array<std::uint8_t, 4> four;
    std::array<std::uint8_t, 16> sixteen;
    if (!bracketed && inet_pton(AF_INET, text.c_str(), four.data()) == 1)
      return from_ipv4(four, port);
    if (inet_pton(AF_INET6, text.c_str(), sixteen.data()) == 1) return from_ipv6(sixteen, port);
  }
  address out;
  out.domain = host;
  out.port = port;
  return out;
}

std::string address::host() const {
  if (kind == kind::domain) return domain;
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(kind == kind::ipv4 ? AF_INET : AF_INET6, ip.data(), text, sizeof text);
  return text;
}

std::string address::to_string() const {
  const auto number = ':' + std::to_string(port);
  return kind == kind::ipv6 ? '[' + host() + ']' + number : host() + number;
}

bool address::encodable() const noexcept {
  return is_ip() || (!domain.empty() && domain.size() <= max_domain && is_safe(domain));
}

void append_address(bytes& out, const address& a, const address_types& types) {
  switch (a.kind) {
    case address::kind::ipv4:
      out.push_back(types.ipv4);
      append(out, bytes_view(a.ip).first(4));
      break;
    case address::kind::ipv6:
      out.push_back(types.ipv6);
      append(out, a.ip);
      break;
    case address::kind::domain: {
      const auto name = a.encodable() ? std::string_view(a.domain) : std::string_view();
      out.push_back(types.domain);
      out.push_back(static_cast<std::uint8_t>(name.size()));
      append(out, as_bytes(name));
      break;
    }
  }
  std::uint8_t port[2];
  put_u16(port, a.port);
  append(out, port);
}

result<std::optional<parsed>> parse_address(bytes_view data, const address_types& types) {
  const std::optional<parsed> need_more;
  if (data.empty()) return need_more;
  const auto type = data[0];
  std::size_t start = 1;
  std::size_t length = 0;
  if (type == types.ipv4) {
    length = 4;
  } else if (type == types.ipv6) {
    length = 16;
  } else if (type == types.domain) {
    if (data.size() < 2) return need_more;
    start = 2;
    length = data[1];
    if (length == 0) return errc::protocol_error;
  } else {
    return errc::protocol_error;
  }
  if (data.size() < start + length + 2) return need_more;

  const auto body = data.subspan(start, length);
  parsed out;
  out.size = start + length + 2;
  out.value.port = get_u16(data.data() + start + length);
  if (type == types.domain) {
    if (!is_safe(as_text(body))) return errc::protocol_error;
    out.value.domain = as_text(body);
  } else {
    out.value.kind = type == types.ipv4 ? address::kind::ipv4 : address::kind::ipv6;
    std::copy(body.begin(), body.end(), out.value.ip.begin());
  }
  return std::optional<parsed>(std::move(out));
}

void append_socks_address(bytes& out, const address& a) { append_address(out, a, socks_types); }

result<std::optional<parsed>> parse_socks_address(bytes_view data) {
  return parse_address(data, socks_types);
}

}  // namespace anytls::protocol
