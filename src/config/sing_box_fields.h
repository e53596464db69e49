#pragma once
// What many parts of a sing-box file share: TLS, dial and listen fields. Names and defaults of
// sing-box 1.12, later names where they are known.

#include "config/field.h"
#include "config/model.h"

namespace anytls::config {

inline constexpr std::string_view write_enabled =
    "AnyTLS is not used without TLS; write \"enabled\": true";
inline constexpr std::string_view traffic_elsewhere = "traffic would leave by another way";

/// `enabled` of either side: what is no boolean is not also called missing.
void read_tls_switch(const cursor& at, bool& enabled);
void read_tls_client(const cursor& at, tls_client& into);
void read_tls_server(const cursor& at, tls_server& into);
void read_dial(object_reader& in, dial& into);
void read_listen_fields(object_reader& in, inbound& into);

/// An error where a required text is missing or empty. Says nothing where it is there but wrong:
/// its reader did.
void require(const object_reader& in, std::string_view name, std::string_view what);

}  // namespace anytls::config
