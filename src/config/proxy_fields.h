#pragma once
// SOCKS and HTTP proxies as outbounds, in both forms.

#include "config/field.h"
#include "config/model.h"

namespace anytls::config {

/// `socks` and `http` of sing-box, dial fields included.
void read_sing_box_proxy(object_reader& in, outbound& into);

/// `socks5` and `http` of mihomo, without what all its proxies share.
void read_mihomo_proxy(object_reader& in, outbound& into);

/// Logins that the protocol cannot carry, and options that do nothing.
void judge_proxy(const outbound& of, report& out);

}  // namespace anytls::config
