#pragma once
// A configuration as plain values, whichever form it was written in. Readers fill it, validate.h
// judges it, src/app turns it into running objects. Everything here has been checked: ports are in
// range, required texts are there, tags are unique, final_outbound and every detour name elements
// of outbounds, and no way leads back to itself.

#include "base/clock.h"
#include "base/log.h"
#include "config/dial_model.h"
#include "config/proxy_model.h"
#include "config/tls_model.h"
#include "pool/pool_options.h"
#include "protocol/proxy_protocol_codec.h"
#include "protocol/socks_address.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anytls::config {

enum class form : std::uint8_t { sing_box, mihomo };
enum class inbound_type : std::uint8_t { mixed, socks, http, anytls };
enum class outbound_type : std::uint8_t { anytls, direct, block, socks, http };

struct user {
  std::string name;  ///< may be empty on an AnyTLS inbound
  std::string password;
};

/// What an AnyTLS inbound puts up with. Counts: 0 = no limit. docs/en/configuration.md.
struct server_limits {
  bool block_private = false;        ///< refuse targets that are not on the public internet
  duration idle_session_timeout{0};  ///< 0 = sessions may be idle for ever
  duration heartbeat{0};  ///< ask clients for a sign of life after this silence; 0 = never
  std::uint32_t max_streams_per_user = 0;
  std::uint32_t max_pending_connections = 4096;  ///< connections that are not authenticated yet
  std::uint32_t max_pending_connections_per_source = 1024;
  std::uint32_t max_handshakes_per_source = 500;  ///< per second; five seconds' worth in one go
  std::uint32_t max_failures_per_source = 600;    ///< per minute; above it closed for 30 s
  bool limit_private_sources = false;
};

struct inbound {
  std::string tag;
  inbound_type type = inbound_type::mixed;
  std::string listen;      ///< an IP address; "::" = every address of both families
  std::uint16_t port = 0;  ///< 1..65535
  std::vector<user> users;
  std::optional<std::string>
      padding_scheme;             ///< AnyTLS only: lines joined by \n, syntax not looked at here
  std::optional<tls_server> tls;  ///< AnyTLS only (required there)
  bool wait_for_target = false;
  socket_fields socket;
  protocol::proxy_protocol proxy_protocol = protocol::proxy_protocol::off;
  server_limits limits;  ///< AnyTLS only
  /// AnyTLS only: the web server for whoever does not authenticate, and others by the protocol that
  /// the handshake has agreed on.
  std::optional<protocol::address> fallback;
  std::map<std::string, protocol::address> fallback_for_alpn;
  std::string location;  ///< where it stands in the file, for messages: "inbounds[0]", "mixed-port"
};

struct outbound {
  std::string tag;
  outbound_type type = outbound_type::direct;
  std::string server;  ///< name or IP address, no brackets
  std::uint16_t port = 0;
  std::string password;
  pool::pool_options pool;
  tls_client tls;               ///< AnyTLS; socks and http where it is enabled
  anytls::config::proxy proxy;  ///< socks and http only; their password is the one above
  anytls::config::dial dial;
  std::string override_address;     ///< direct only: instead of the target's; empty = the target's
  std::uint16_t override_port = 0;  ///< direct only; 0 = the target's
  std::string location;  ///< "outbounds[0]", "proxies[2]"; empty where we made it ourselves

  /// Another machine takes what goes there, and resolves its names.
  bool is_proxy() const noexcept {
    return type != outbound_type::direct && type != outbound_type::block;
  }
};

struct config {
  anytls::config::form form = anytls::config::form::sing_box;
  log::settings log;
  std::vector<inbound> inbounds;  ///< may be empty (a file of proxies only); `run` needs one
  std::vector<outbound> outbounds;
  std::string final_outbound;  ///< tag of the outbound that takes all traffic; never empty

  /// Null where no element of outbounds has that tag.
  const outbound* find(std::string_view tag) const noexcept {
    for (const auto& o : outbounds)
      if (o.tag == tag) return &o;
    return nullptr;
  }

  /// The element that final_outbound names; null only in a config that was not loaded by load_text.
  const outbound* final() const noexcept { return find(final_outbound); }
};

}  // namespace anytls::config
