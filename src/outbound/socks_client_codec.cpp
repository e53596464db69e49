#include "outbound/socks_client_codec.h"

#include <algorithm>
#include <utility>

namespace anytls::outbound {
namespace {

constexpr std::uint8_t no_authentication = 0, user_and_password = 2, no_method = 0xff;
constexpr std::uint8_t connect_command = 1;
constexpr std::uint8_t granted_v4 = 90, no_identd_v4 = 92, other_user_v4 = 93;

// The first bytes of a reply, up to the one that tells how long an address with a name is.
constexpr std::size_t reply_head = 5;

proxy_refused refused(errc why) { return {make_error_code(why)}; }

errc reason(std::uint8_t code) noexcept {
  switch (code) {
    case 2:
      return errc::proxy_forbidden;
    case 3:
    case 4:
      return errc::proxy_target_unreachable;
    case 5:
      return errc::proxy_target_refused;
    case 6:
      return errc::proxy_timeout;
    case 7:
      return errc::proxy_forbidden;  // the command: it is a proxy that may not connect
    default:
      return errc::proxy_failed;
  }
}

void append_text(bytes& out, std::string_view text) {
  const auto part = text.substr(0, 255);
  out.push_back(static_cast<std::uint8_t>(part.size()));
  append(out, as_bytes(part));
}

void append_port(bytes& out, std::uint16_t port) {
  out.push_back(static_cast<std::uint8_t>(port >> 8));
  out.push_back(static_cast<std::uint8_t>(port & 0xff));
}

}  // namespace

socks_client_codec::socks_client_codec(socks_version version, socks_login login,
                                       protocol::address target)
    : version_(version), login_(std::move(login)), target_(std::move(target)) {}

bool socks_client_codec::fits(socks_version version, const protocol::address& target) noexcept {
  if (!target.is_ip()) return version != socks_version::v4 && target.encodable();
  return version == socks_version::v5 || target.kind == protocol::address::kind::ipv4;
}

bytes socks_client_codec::hello() {
  if (version_ != socks_version::v5) {
    expect(state::reply_v4, 8);
    return request_v4();
  }
  expect(state::method, 2);
  if (login_.username.empty()) return {5, 1, no_authentication};
  return {5, 2, no_authentication, user_and_password};
}

void socks_client_codec::expect(state what, std::size_t size) {
  state_ = what;
  wanted_ = size;
  held_.clear();
}

proxy_step socks_client_codec::next(bytes_view in) {
  proxy_step out;
  while (out.used < in.size()) {
    held_.push_back(in[out.used++]);
    // What is no proxy is found out at its first byte, not when enough of it has come.
    if (held_.size() == 1 && !is_version(held_[0])) return {out.used, refused(errc::not_a_proxy)};
    // A refusal may end before its address does.
    if (state_ == state::reply && held_.size() == 2 && held_[1] != 0)
      return {out.used, refused(reason(held_[1]))};
    if (held_.size() < wanted_) continue;
    out.action = complete();
    if (!std::holds_alternative<proxy_need_more>(out.action)) return out;
  }
  return out;
}

// RFC 1929 says 1 and SOCKS 4 says 0; some servers write the protocol's version there.
bool socks_client_codec::is_version(std::uint8_t first) const noexcept {
  if (state_ == state::verdict) return first == 1 || first == 5;
  if (state_ == state::reply_v4) return first == 0 || first == 4;
  return first == 5;
}

proxy_action socks_client_codec::complete() {
  switch (state_) {
    case state::method:
      return method();
    case state::verdict:
      if (held_[1] != 0) return refused(errc::proxy_wrong_password);
      expect(state::reply, reply_head);
      return proxy_send{request()};
    case state::reply:
      return reply();
    case state::reply_v4:
      break;
  }
  if (held_[1] == granted_v4) return proxy_done{};
  const bool user = held_[1] == no_identd_v4 || held_[1] == other_user_v4;
  return refused(user ? errc::proxy_wrong_password : errc::proxy_failed);
}

proxy_action socks_client_codec::method() {
  const bool with_user = !login_.username.empty();
  switch (held_[1]) {
    case no_authentication:
      expect(state::reply, reply_head);
      return proxy_send{request()};
    case user_and_password: {
      if (!with_user) break;
      expect(state::verdict, 2);
      bytes out{1};
      append_text(out, login_.username);
      append_text(out, login_.password);
      return proxy_send{std::move(out)};
    }
    case no_method:
      return refused(with_user ? errc::proxy_forbidden : errc::proxy_needs_password);
    default:
      break;
  }
  return refused(errc::not_a_proxy);  // what was not offered
}

// | 5 | REP | 0 | ATYP | address | port u16 |
proxy_action socks_client_codec::reply() {
  if (wanted_ > reply_head) return proxy_done{};
  switch (held_[3]) {
    case 1:
      wanted_ = 4 + 4 + 2;
      break;
    case 3:
      wanted_ = 4 + 1 + std::size_t{held_[4]} + 2;
      break;
    case 4:
      wanted_ = 4 + 16 + 2;
      break;
    default:
      return refused(errc::not_a_proxy);
  }
  return proxy_need_more{};
}

bytes socks_client_codec::request() const {
  bytes out{5, connect_command, 0};
  protocol::append_socks_address(out, target_);
  return out;
}

// | 4 | 1 | port u16 | IPv4 | user id | 0 |; 4a: 0.0.0.1 there, and the name with a 0 behind it.
bytes socks_client_codec::request_v4() const {
  bytes out{4, connect_command};
  append_port(out, target_.port);
  const bool name = !target_.is_ip();
  for (std::size_t i = 0; i < 4; ++i)
    out.push_back(name ? static_cast<std::uint8_t>(i == 3) : target_.ip[i]);
  append(out, as_bytes(std::string_view(login_.username).substr(0, 255)));
  out.push_back(0);
  if (name) {
    append(out, as_bytes(target_.domain));
    out.push_back(0);
  }
  return out;
}

}  // namespace anytls::outbound
