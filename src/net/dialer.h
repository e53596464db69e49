#pragma once
// Opens TCP connections to targets: resolve, filter, order, race.

#include "base/asio.h"
#include "base/result.h"
#include "net/address_order.h"
#include "net/happy_eyeballs.h"
#include "net/resolver.h"
#include "protocol/socks_address.h"

#include <functional>

namespace anytls::net {

struct dial_options {
  using strategy = family_strategy;

  duration connect_timeout = 5s;  ///< name resolution and connecting together
  strategy prefer = strategy::as_is;
  /// Asked for every address, numeric or resolved; false = do not connect there. It sees what is
  /// connected to and not the name, so a name that is rebound to a private address does not get
  /// past it. IPv4-mapped addresses come as IPv4.
  std::function<bool(const asio::ip::address&)> allow;
  connect_options sockets;  ///< what a configuration asks of them; nothing costs nothing
};

/// One per thread, as its resolver, which must outlive it. connect() may run many times at once.
class dialer {
 public:
  dialer(asio::io_context& context, resolver& names) : context_(context), names_(names) {}

  /// A connected socket (with fast_open perhaps one that awaits_first_data()): TCP_NODELAY,
  /// keepalive, non-blocking, close-on-exec. Errors: what resolver::resolve() and connect_first()
  /// say (DNS that is silent until the deadline is errc::name_resolution_failed); errc::blocked
  /// where `allow` refused every address; errc::no_address where a numeric target is of the family
  /// that `prefer` excludes.
  task<result<tcp_socket>> connect(protocol::address target, dial_options options = {});

 private:
  asio::io_context& context_;
  resolver& names_;
};

/// A numeric target as an address.
asio::ip::address literal(const protocol::address& target);

/// The decision between resolving and connecting. Pure.
result<std::vector<tcp::endpoint>> dial_candidates(const addresses& found, std::uint16_t port,
                                                   const dial_options& options);

}  // namespace anytls::net
