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
#include "tls/stream.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace anytls::server {

struct fallback_options {
  std::optional<protocol::address> server;  ///< speaks HTTP without TLS; none = for_alpn only
  /// By the protocol that the handshake has agreed on. What is not here goes to `server`.
  std::map<std::string, protocol::address, std::less<>> for_alpn;

  /// Null = whoever speaks this is closed.
  const protocol::address* choose(std::string_view alpn) const;
};

/// How many connections one server has with its web server. Thread-safe.
class fallback_places {
 public:
  explicit fallback_places(std::uint32_t most) : most_(most) {}

  /// Given back when it is destroyed.
  class place {
   public:
    explicit place(fallback_places& all) : all_(&all) {}
    place(place&& other) noexcept : all_(std::exchange(other.all_, nullptr)) {}
    place& operator=(place&&) = delete;
    ~place() {
      if (all_) all_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    fallback_places* all_;
  };

  /// None where all are taken.
  std::optional<place> take();

 private:
  const std::uint32_t most_;
  std::atomic<std::uint32_t> taken_{0};
};

/// A connection to the web server. `held` keeps its place.
struct fallback_connection {
  tcp_socket socket;
  fallback_places::place held;
};

/// errc::too_many_streams where there is no place, else what net::dialer says.
task<result<fallback_connection>> connect_fallback(asio::io_context& here, fallback_places& places,
                                                   protocol::address where);

/// Returns when `client` may have something to read; or, true, when `web` has closed, or has spoken
/// and it is `greeting` or later. HTTP/2 servers speak first, and a client of ours whose preamble
/// is late (a lost packet) would take that for the answer of something else.
task<bool> wait_together(tls::stream& client, tcp_socket& web, time_point greeting);

/// Until both have ended. `first`: what the client has sent.
task<> relay_fallback(std::unique_ptr<tls::stream> client, bytes first, fallback_connection web);

}  // namespace anytls::server
