#include "config/proxy_protocol_fields.h"

#include "config/value.h"

namespace anytls::config {

using protocol::proxy_protocol;

void read_proxy_protocol(const cursor& at, proxy_protocol& into) {
  bool on = false;
  if (read_bool(at, on)) into = on ? proxy_protocol::required : proxy_protocol::off;
}

void read_proxy_optional(const cursor& at, proxy_protocol& into) {
  bool on = false;
  if (!read_bool(at, on) || !on) return;
  if (into == proxy_protocol::off)
    return at.warning(fmt::format("does nothing without {}: no header is looked for",
                                  at.weak ? "proxy-protocol" : "proxy_protocol"));
  into = proxy_protocol::optional;
}

}  // namespace anytls::config
