#pragma once
// The server's side of SOCKS 4, 4a, 5 (RFC 1928) and its user/password method (RFC 1929), up to the
// request.
//
// Flow: the driver collects bytes and calls next() with all that are not used yet, drops `used`
// bytes, does what the action says, and calls again until it gets socks_connect or socks_refuse.
// What lies behind the request then is the application's first data. Nothing is kept in here but
// the step, so no message can grow beyond its own limit.

#include "base/bytes.h"
#include "base/result.h"
#include "inbound/user_list.h"
#include "protocol/socks_address.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace anytls::inbound {

enum class socks_version { v4, v5 };

enum class socks_refusal {
  not_socks,            ///< the first byte is neither 4 nor 5, or a later version byte is wrong
  no_method,            ///< no authentication method of the client's is ours
  users_required,       ///< SOCKS 4 knows no passwords
  wrong_user,           ///< name or password
  unsupported_command,  ///< anything but CONNECT
  unsupported_address,  ///< an unknown address type
  bad_address,          ///< empty, too long, or with control characters
  user_id_too_long,     ///< SOCKS 4: over 255 bytes
};

std::string_view to_string(socks_refusal r) noexcept;

/// More bytes are needed.
struct socks_need_more {
  bool operator==(const socks_need_more&) const = default;
};
/// To be sent to the client; then next() again.
struct socks_send {
  bytes data;
  bool operator==(const socks_send&) const = default;
};
/// The request, to be answered with socks_success() or socks_failure().
struct socks_connect {
  protocol::address target;
  std::string user;  ///< as authenticated; empty where nobody had to
  bool operator==(const socks_connect&) const = default;
};
/// To be sent (may be empty), then the connection is closed.
struct socks_refuse {
  bytes reply;
  socks_refusal why;
  bool operator==(const socks_refuse&) const = default;
};
using socks_action = std::variant<socks_need_more, socks_send, socks_connect, socks_refuse>;

struct socks_step {
  std::size_t used = 0;
  socks_action action;
  bool operator==(const socks_step&) const = default;
};

class socks_codec {
 public:
  /// `users` must outlive the codec.
  explicit socks_codec(const user_list& users) noexcept : users_(&users) {}

  /// Not to be called again after socks_connect or socks_refuse.
  socks_step next(bytes_view in);

  /// Known as soon as next() had a byte.
  socks_version version() const noexcept { return version_; }

 private:
  socks_step greeting(bytes_view in);
  socks_step password(bytes_view in);
  socks_step request(bytes_view in);
  socks_step request_v4(bytes_view in);

  enum class state { start, password, request } state_ = state::start;
  socks_version version_ = socks_version::v5;
  const user_list* users_;
  std::string user_;
};

/// The bound address is always 0.0.0.0:0: there is none of ours to tell.
bytes socks_success(socks_version v);
bytes socks_failure(socks_version v, error_code why);

/// The REP field of RFC 1928 §6. Time-outs are "TTL expired" (06), as sing-box answers them.
std::uint8_t socks5_code(error_code why) noexcept;

}  // namespace anytls::inbound
