#pragma once
// What a proxy does with a response (RFC 9112 §6.3), and the responses of its own.

#include "inbound/http_body.h"
#include "inbound/http_head.h"
#include "inbound/http_request.h"

#include <string>
#include <string_view>
#include <variant>

namespace anytls::inbound {

struct response_plan {
  enum class kind { interim, switching, final } what = kind::final;
  std::string head;  ///< for the client; empty: nothing is sent (1xx to an HTTP/1.0 client)
  http_body body;
  bool dechunk =
      false;  ///< the client knows no chunks: it gets the content, and the connection's end
  bool keep_client = false;    ///< the client's connection goes on after this response
  bool keep_upstream = false;  ///< so does the one it came from
};

/// `may_keep_client`: false where the connection cannot go on, whatever the response says (the
/// request is not all sent). A refusal is for the target's answer: nothing of it has been passed
/// on.
std::variant<response_plan, http_refusal> plan_response(const response_head& head,
                                                        const http_plan& request,
                                                        bool may_keep_client);

/// A response of ours: `text` and a line end as text/plain. Without `with_body`, to a HEAD, only
/// its head.
std::string own_response(int status, std::string_view text, bool keep_alive, bool with_body);

/// The answer to a CONNECT, as peers write it.
std::string connect_success();

/// The status that tells why a target was not reached: 502, 504 or 403.
int gateway_status(error_code why) noexcept;

}  // namespace anytls::inbound
