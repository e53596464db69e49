#include "inbound/socks_codec.h"

#include "inbound/failure.h"

#include <algorithm>

namespace anytls::inbound {
namespace {

constexpr std::uint8_t method_none = 0x00, method_password = 0x02, method_refused = 0xff;
constexpr std::uint8_t reply_general = 0x01, reply_command = 0x07, reply_address = 0x08;
constexpr std::uint8_t v4_granted = 0x5a, v4_refused = 0x5b, v4_user_refused = 0x5d;
constexpr std::size_t max_v4_string = 255;

bytes reply_v5(std::uint8_t code) { return {5, code, 0, 1, 0, 0, 0, 0, 0, 0}; }
bytes reply_v4(std::uint8_t code) { return {0, code, 0, 0, 0, 0, 0, 0}; }

socks_step more() { return {0, socks_need_more{}}; }
socks_step refuse(std::size_t used, bytes reply, socks_refusal why) {
  return {used, socks_refuse{std::move(reply), why}};
}

}  // namespace

std::string_view to_string(socks_refusal r) noexcept {
  switch (r) {
    case socks_refusal::not_socks:
      return "not SOCKS";
    case socks_refusal::no_method:
      return "no authentication method in common";
    case socks_refusal::users_required:
      return "SOCKS4 carries no password, and this inbound has users";
    case socks_refusal::wrong_user:
      return "wrong user or password";
    case socks_refusal::unsupported_command:
      return "only CONNECT is supported";
    case socks_refusal::unsupported_address:
      return "unknown address type";
    case socks_refusal::bad_address:
      return "bad address";
    case socks_refusal::user_id_too_long:
      return "user id too long";
  }
  return "refused";
}

socks_step socks_codec::next(bytes_view in) {
  if (in.empty()) return more();
  switch (state_) {
    case state::start:
      if (in[0] == 4) {
        version_ = socks_version::v4;
        return request_v4(in);
      }
      if (in[0] != 5) return refuse(0, {}, socks_refusal::not_socks);
      version_ = socks_version::v5;
      return greeting(in);
    case state::password:
      return password(in);
    case state::request:
      return request(in);
  }
  return more();
}

socks_step socks_codec::greeting(bytes_view in) {
  if (in.size() < 2) return more();
  const std::size_t size = 2 + std::size_t{in[1]};
  if (in.size() < size) return more();
  const auto methods = in.subspan(2, in[1]);
  const auto offers = [&](std::uint8_t m) {
    return std::ranges::find(methods, m) != methods.end();
  };

  if (!users_->required() && offers(method_none)) {
    state_ = state::request;
    return {size, socks_send{{5, method_none}}};
  }
  // Without users any password will do: some applications offer nothing but this method.
  if (offers(method_password)) {
    state_ = state::password;
    return {size, socks_send{{5, method_password}}};
  }
  return refuse(size, {5, method_refused}, socks_refusal::no_method);
}

socks_step socks_codec::password(bytes_view in) {
  if (in[0] != 1) return refuse(0, {1, 1}, socks_refusal::not_socks);
  if (in.size() < 2) return more();
  const std::size_t name_size = in[1];
  if (in.size() < 3 + name_size) return more();
  const std::size_t password_size = in[2 + name_size];
  const std::size_t size = 3 + name_size + password_size;
  if (in.size() < size) return more();

  if (users_->required()) {
    const auto name = as_text(in.subspan(2, name_size));
    const auto secret = as_text(in.subspan(3 + name_size, password_size));
    if (!users_->matches(name, secret)) return refuse(size, {1, 1}, socks_refusal::wrong_user);
    user_ = name;
  }
  state_ = state::request;
  return {size, socks_send{{1, 0}}};
}

socks_step socks_codec::request(bytes_view in) {
  if (in[0] != 5) return refuse(0, reply_v5(reply_general), socks_refusal::not_socks);
  if (in.size() < 4) return more();
  const auto& types = protocol::socks_types;
  if (in[3] != types.ipv4 && in[3] != types.domain && in[3] != types.ipv6)
    return refuse(0, reply_v5(reply_address), socks_refusal::unsupported_address);
  auto address = protocol::parse_socks_address(in.subspan(3));
  if (!address) return refuse(0, reply_v5(reply_general), socks_refusal::bad_address);
  if (!*address) return more();
  auto& [target, address_size] = **address;
  const std::size_t size = 3 + address_size;
  // The answer comes after the whole request, which the client is still sending.
  if (in[1] != 1) return refuse(size, reply_v5(reply_command), socks_refusal::unsupported_command);
  // Many applications send an IP address as a name; as one it would cost a resolution.
  if (!target.is_ip()) target = protocol::address::from_host(target.domain, target.port);
  return {size, socks_connect{std::move(target), user_}};
}

socks_step socks_codec::request_v4(bytes_view in) {
  // | 4 | command | port u16 | IPv4 | user id, NUL | 4a, where the address is 0.0.0.x: domain, NUL
  // |
  constexpr std::size_t fixed = 8;
  if (in.size() < fixed) return more();
  const auto take_string = [&](std::size_t from) {  // size without NUL; npos = NUL has not come
    const auto rest = in.subspan(from, std::min(in.size() - from, max_v4_string + 1));
    const auto nul = std::ranges::find(rest, std::uint8_t{0});
    return nul == rest.end() ? std::string_view::npos
                             : static_cast<std::size_t>(nul - rest.begin());
  };

  const auto user_size = take_string(fixed);
  if (user_size == std::string_view::npos) {
    if (in.size() - fixed <= max_v4_string) return more();
    return refuse(0, reply_v4(v4_refused), socks_refusal::user_id_too_long);
  }
  std::size_t size = fixed + user_size + 1;

  const auto port = get_u16(in.data() + 2);
  const std::array<std::uint8_t, 4> ip{in[4], in[5], in[6], in[7]};
  auto target = protocol::address::from_ipv4(ip, port);
  if (ip[0] == 0 && ip[1] == 0 && ip[2] == 0 && ip[3] != 0) {
    const auto domain_size = take_string(size);
    if (domain_size == std::string_view::npos) {
      if (in.size() - size <= max_v4_string) return more();
      return refuse(0, reply_v4(v4_refused), socks_refusal::bad_address);
    }
    target = protocol::address::from_host(as_text(in.subspan(size, domain_size)), port);
    size += domain_size + 1;
    if (!target.encodable()) return refuse(size, reply_v4(v4_refused), socks_refusal::bad_address);
  }
  if (users_->required())
    return refuse(size, reply_v4(v4_user_refused), socks_refusal::users_required);
  if (in[1] != 1) return refuse(size, reply_v4(v4_refused), socks_refusal::unsupported_command);
  return {size, socks_connect{std::move(target), {}}};
}

bytes socks_success(socks_version v) {
  return v == socks_version::v5 ? reply_v5(0) : reply_v4(v4_granted);
}

bytes socks_failure(socks_version v, error_code why) {
  return v == socks_version::v5 ? reply_v5(socks5_code(why)) : reply_v4(v4_refused);
}

std::uint8_t socks5_code(error_code why) noexcept {
  switch (failure_of(why)) {
    case failure::forbidden:
      return 0x02;
    case failure::network_unreachable:
      return 0x03;
    case failure::host_unreachable:
      return 0x04;
    case failure::refused:
      return 0x05;
    case failure::timeout:
      return 0x06;
    case failure::other:
      break;
  }
  return reply_general;
}

}  // namespace anytls::inbound
