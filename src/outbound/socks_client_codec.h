#pragma once
// The client's side of SOCKS 4, 4a and 5 (RFC 1928) with user and password (RFC 1929): CONNECT.
//
// Flow: 5: methods -> the one chosen -> (user and password -> verdict) -> request -> reply.
// 4, 4a: request -> reply. Replies have a length that their first bytes tell, at most 262.

#include "outbound/proxy_codec.h"
#include "protocol/socks_address.h"

#include <cstdint>
#include <string>

namespace anytls::outbound {

enum class socks_version : std::uint8_t { v4, v4a, v5 };

struct socks_login {
  std::string username;  ///< at most 255 bytes; SOCKS 4 sends it as user id
  std::string password;  ///< at most 255 bytes; not with SOCKS 4
  bool operator==(const socks_login&) const = default;
};

class socks_client_codec final : public proxy_codec {
 public:
  /// `target` fits fits(). SOCKS 5 offers the password only where there is a username.
  socks_client_codec(socks_version version, socks_login login, protocol::address target);

  /// Whether this version can name such a target: 4 knows IPv4 only, 4a names too, none a domain
  /// that is not encodable().
  static bool fits(socks_version version, const protocol::address& target) noexcept;

  bytes hello() override;
  proxy_step next(bytes_view in) override;

 private:
  enum class state : std::uint8_t { method, verdict, reply, reply_v4 };

  void expect(state what, std::size_t size);
  bool is_version(std::uint8_t first) const noexcept;
  proxy_action complete();
  proxy_action method();
  proxy_action reply();
  bytes request() const;
  bytes request_v4() const;

  socks_version version_;
  socks_login login_;
  protocol::address target_;
  state state_ = state::method;
  std::size_t wanted_ = 0;  ///< bytes of the message that is being collected
  bytes held_;
};

}  // namespace anytls::outbound
