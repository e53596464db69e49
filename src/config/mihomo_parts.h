#pragma once
// The parts of a mihomo file, one function each, in the order in which they build on one another.

#include "config/cursor.h"
#include "config/field.h"
#include "config/model.h"
#include "config/outbound_names.h"
#include "pool/pool_options.h"

#include <string>
#include <vector>

namespace anytls::config {

/// port, socks-port, mixed-port, allow-lan, bind-address, authentication, log-level, mode,
/// global-client-fingerprint, and every section that is not served.
struct general {
  std::vector<user> users;  ///< of `authentication`: also of listeners without users of their own
  bool direct_mode = false;
  dial_defaults dials;                        ///< of every outbound
  inbound_defaults sockets;                   ///< of every inbound
  client_hello hello = client_hello::chrome;  ///< of proxies that do not say
};
general read_general(object_reader& in, config& into);

void read_listeners(const cursor& at, const general& g, config& into);

/// proxies; each starts from `global` and `hello`.
void read_proxies(const cursor& at, const pool::pool_options& global, client_hello hello,
                  config& into, outbound_names& names);

/// DIRECT, REJECT and their relatives.
void add_built_in(outbound_names& names);
void read_groups(const cursor& at, const std::vector<std::string>& all_proxies,
                 outbound_names& names);

/// Decides into.final_outbound; `rules` may be null.
void read_rules(const cursor& root, const node* rules, bool direct_mode,
                const std::vector<std::string>& all_proxies, outbound_names& names, config& into);

/// `fingerprint`: the SHA-256 of a certificate, colons allowed.
void read_pin(const cursor& at, outbound& o);

/// mihomo takes PEM text or a path in one field.
void read_pem_or_path(const cursor& at, std::string& pem, std::string& path);

}  // namespace anytls::config
