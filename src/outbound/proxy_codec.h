#pragma once
// The client's side of a proxy's protocol, up to the moment from which on the connection is the
// target's. Pure; negotiate.h carries it out.
//
// Flow: send hello(), then give next() what comes. It takes what belongs to the proxy's answers and
// nothing behind them: what a target says first is left to the caller, in the kernel where that is
// possible. What has been taken is kept in here, so the caller need not collect.

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <variant>

namespace anytls::outbound {

/// Everything was taken and more is needed.
struct proxy_need_more {
  bool operator==(const proxy_need_more&) const = default;
};
/// To be sent to the proxy; then next() again.
struct proxy_send {
  bytes data;
  bool operator==(const proxy_send&) const = default;
};
/// From here on the connection is the target's.
struct proxy_done {
  bool operator==(const proxy_done&) const = default;
};
/// The proxy said no, or is none. Nothing more is sent.
struct proxy_refused {
  error_code why;
  bool operator==(const proxy_refused&) const = default;
};
using proxy_action = std::variant<proxy_need_more, proxy_send, proxy_done, proxy_refused>;

struct proxy_step {
  std::size_t used = 0;
  proxy_action action;
  bool operator==(const proxy_step&) const = default;
};

class proxy_codec {
 public:
  virtual ~proxy_codec() = default;

  /// The first message; once.
  virtual bytes hello() = 0;

  /// Not to be called again after proxy_done or proxy_refused.
  virtual proxy_step next(bytes_view in) = 0;
};

}  // namespace anytls::outbound
