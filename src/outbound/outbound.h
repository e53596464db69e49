#pragma once
// An outbound is a way to targets: direct, block, anytls, socks, http, later groups. This is all
// that inbounds and routing know.

#include "base/asio.h"
#include "base/endpoint.h"
#include "base/result.h"
#include "protocol/socks_address.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace anytls::outbound {

/// Asked for an address before it is connected to; false = errc::blocked.
using address_filter = std::function<bool(const asio::ip::address&)>;

struct request {
  protocol::address target;
  std::string inbound_tag;
  std::string user;     ///< empty = nobody in particular
  std::string source;   ///< `address:port` of the application, for the log
  bool pinned = false;  ///< the caller cannot move to another thread: open() has to run on its own
  /// Null = every address. What an outbound leaves to another server to resolve it cannot ask
  /// about: the caller asks for numeric targets itself.
  std::shared_ptr<const address_filter> allow;
};

/// A way to a target, before anybody relays it: the TCP socket itself where that is all there is,
/// else an endpoint that nothing is attached to.
using connection = std::variant<std::unique_ptr<endpoint>, tcp_socket>;

/// One attempt to reach one target. Destroying it gives up what it had reserved.
class attempt {
 public:
  virtual ~attempt() = default;

  /// The thread on which open() must run: that of the idle session that was reserved, else the
  /// caller's. An inbound on another thread hands its socket over there first.
  virtual asio::io_context& context() = 0;

  /// Returns when the target can be written to: for anytls when SYN and address are handed to TLS
  /// (no round trip is spent), for direct when TCP is connected. At most once.
  virtual task<result<std::unique_ptr<endpoint>>> open() = 0;

  /// Instead of open(), for whoever goes on with the bytes itself: another outbound that dials
  /// through this one (a handshake with a proxy, TLS).
  virtual task<result<connection>> open_connection() {
    auto made = co_await open();
    if (!made) co_return made.error();
    co_return connection(std::move(*made));
  }
};

/// Thread-safe. Lives as long as the program's inbounds.
class outbound {
 public:
  virtual ~outbound() = default;

  virtual const std::string& tag() const noexcept = 0;
  /// `tag (host:port)`: how messages name it.
  virtual std::string describe() const = 0;

  /// Never blocks. `here` is the caller's thread.
  virtual std::unique_ptr<attempt> begin(const request& what, asio::io_context& here) = 0;

  /// Begins what it does ahead of use. Once, when the program is ready to run.
  virtual void start() {}

  /// Any thread. The host has slept (`slept`), or an address or a route of it has changed: what was
  /// made before may be worthless.
  virtual void host_changed(bool /*slept*/, std::string_view /*why*/) {}

  /// Another number when what host_changed() was told of has changed its way. Any thread. Whoever
  /// lies over this outbound asks after it has been told, too.
  virtual std::uint64_t ways_taken() const noexcept { return 0; }

  /// Ends idle sessions and refuses new attempts. Active streams go on until their ends or the
  /// process close them.
  virtual void shut_down() = 0;
};

}  // namespace anytls::outbound
