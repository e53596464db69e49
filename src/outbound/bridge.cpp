#include "outbound/bridge.h"

#include "net/relay.h"
#include "net/socket_options.h"
#include "net/tcp_endpoint.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <sys/socket.h>
#include <cerrno>

namespace anytls::outbound {

result<tcp_socket> bridge(asio::io_context& here, std::unique_ptr<endpoint> remote) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
    return error_code(errno, boost::system::system_category());
  // The family only matters to who connects or binds, and these are connected.
  auto ours = net::adopt_tcp_socket(here, tcp::v4(), ends[0]);
  auto theirs = net::adopt_tcp_socket(here, tcp::v4(), ends[1]);
  if (!ours) return ours.error();
  if (!theirs) return theirs.error();
  auto local = std::make_unique<net::tcp_endpoint>(std::move(*theirs),
                                                   net::tcp_endpoint::whose::application);
  asio::co_spawn(here, net::relay(std::move(local), std::move(remote)), asio::detached);
  return ours;
}

}  // namespace anytls::outbound
