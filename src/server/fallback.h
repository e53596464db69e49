#pragma once
// The web server behind an AnyTLS server. Whoever does not authenticate is its visitor: it gets
// every byte that he has sent, and he every byte of its answers.
//
// Flow: the first record is no preamble -> connect to the web server -> what was read goes first ->
// a relay until both have ended. Who says nothing after the handshake gets a connection to the web
// server that waits with him (wait_together()), so that the web server's own deadlines end him, and
// not ours.
//
// Nothing here depends on how much of a hash is right. Deciding on a part of the first record, as
// soon as no hash begins like it, would hold back exactly the right beginnings, and a web server
// answers the wrong ones at once: 256 probes for each byte of a hash, and the hash is all that a
// client needs.

#include "base/asio.h"
#include "base/result.h"
#include "protocol/socks_address.h"
#include "server/admission.h"
#include "tls/stream.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace anytls::server {

struct fallback_options {
  std::optional<protocol::address> server;  ///< speaks HTTP without TLS; none = for_alpn only
  /// By the protocol that the handshake has agreed on. What is not here goes to `server`.
  std::map<std::string, protocol::address, std::less<>> for_alpn;

  /// Null = whoever speaks this is closed.
  const protocol::address* choose(std::string_view alpn) const;
};

/// The places of one server's connections with its web server: limits::fallback_connections in all,
/// `per_source` of one source (0 = no limit), and a sixteenth of it where half of all are taken.
std::shared_ptr<admission> make_fallback_places(std::uint32_t per_source, bool limit_private,
                                                random_source& random);

/// A connection to the web server. `held` keeps its place.
struct fallback_connection {
  tcp_socket socket;
  admission::ticket held;
};

/// errc::too_many_streams where there is no place for `visitor`, else what net::dialer says.
task<result<fallback_connection>> connect_fallback(asio::io_context& here, admission& places,
                                                   asio::ip::address visitor,
                                                   protocol::address where);

/// The same, and reads the first record of `client` meanwhile into `first`, which then keeps it:
/// one that comes ends the dial. What a dial that was ended returns says nothing.
struct first_record {
  transport::read_outcome got;
  bytes data;
};
task<result<fallback_connection>> connect_fallback_beside(asio::io_context& here, admission& places,
                                                          asio::ip::address visitor,
                                                          protocol::address where,
                                                          tls::stream& client, first_record& first);

/// Returns when `client` may have something to read; or, true, when `web` has closed, or has spoken
/// and it is `greeting` or later. HTTP/2 servers speak first, and a client of ours whose preamble
/// is late (a lost packet) would take that for the answer of something else.
task<bool> wait_together(tls::stream& client, tcp_socket& web, time_point greeting);

/// Until both have ended. `first`: what the client has sent.
task<> relay_fallback(std::unique_ptr<tls::stream> client, bytes first, fallback_connection web);

}  // namespace anytls::server
