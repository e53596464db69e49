#pragma once
// What a proxy does with a request (RFC 9110 §7.6, RFC 9112 §3.2): where it goes, and what it looks
// like there.

#include "inbound/http_body.h"
#include "inbound/http_head.h"
#include "inbound/user_list.h"
#include "protocol/socks_address.h"

#include <string>
#include <string_view>
#include <variant>

namespace anytls::inbound {

struct http_plan {
  bool connect = false;  ///< a tunnel; `head` and `body` are empty then
  protocol::address target;
  std::string head;  ///< the rewritten request
  http_body body;
  bool client_1_0 = false;  ///< HTTP/1.0: no chunks, no 1xx
  bool keep_alive = false;  ///< the client would send another request on this connection
  bool is_head = false;     ///< the response has no body
  bool upgrade = false;     ///< 101 may come
  bool repeatable =
      false;  ///< idempotent and without a body: may be sent again where a kept stream proves dead
};

/// CONNECT and absolute-form requests; anything else is refused, and so is whatever two readers
/// could understand in two ways: Content-Length beside Transfer-Encoding, several lengths, codings
/// but `chunked`, several Hosts.
std::variant<http_plan, http_refusal> plan_request(const request_head& head);

struct proxy_user {
  bool allowed = false;
  bool presented = false;  ///< credentials were there, right or wrong
  std::string name;        ///< only where allowed and somebody had to say it
};

/// Proxy-Authorization, method Basic (RFC 7617). Everybody is allowed where no user is required.
proxy_user check_proxy_user(const request_head& head, const user_list& users);

}  // namespace anytls::inbound
