#include "net/listen_socket.h"

#include "net/hosts_file.h"
#include "net/network_namespace.h"
#include "net/owned_fd.h"
#include "net/socket_options.h"
#include "net/socket_setup.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

namespace anytls::net {
namespace {

error_code last_error() { return {errno, boost::system::system_category()}; }

bool set(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

result<owned_fd> bind_socket(const tcp::endpoint& where, bool reuse_port,
                             const listener_options& options) {
  const int family = where.protocol().family();
  owned_fd s(open_stream_socket(family, options.setup && options.setup->multi_path));
  if (s.fd < 0) return last_error();
  // A restart must not wait for TIME_WAIT.
  if (!set(s.fd, SOL_SOCKET, SO_REUSEADDR, 1)) return last_error();
  if (reuse_port && !set(s.fd, SOL_SOCKET, SO_REUSEPORT, 1)) return last_error();
  if (family == AF_INET6 &&
      !set(s.fd, IPPROTO_IPV6, IPV6_V6ONLY, where.address().is_unspecified() ? 0 : 1))
    return last_error();
  // Before set_up_to_listen(): what a configuration says of keepalive wins. Inherited by what is
  // accepted, which saves five system calls a connection.
  set_stream_options(s.fd);
  if (options.setup)
    if (const auto refused = set_up_to_listen(s.fd, *options.setup, options.backlog))
      return refused;
  if (::bind(s.fd, where.data(), static_cast<socklen_t>(where.size())) != 0) return last_error();
  return s;
}

bool no_ipv6(const error_code& e) {
  return e.value() == EAFNOSUPPORT || e.value() == EADDRNOTAVAIL;
}

result<owned_fd> bind_and_listen(const tcp::endpoint& where, const listener_options& options) {
  const bool shared = options.setup && options.setup->reuse_address;
  if (options.reuse_port && !options.join && !shared && where.port() != 0) {
    // Without SO_REUSEPORT and closed again at once: only asks whether anybody listens there.
    const auto probe = bind_socket(where, false, options);
    if (!probe) return probe.error();
  }
  auto bound = bind_socket(where, options.reuse_port, options);
  if (!bound) return bound;
  if (::listen(bound->fd, options.backlog) != 0) return last_error();
  return bound;
}

result<int> open_here(tcp::endpoint& where, const listener_options& options) {
  auto bound = bind_and_listen(where, options);
  if (!bound && where.address() == asio::ip::address_v6::any() && no_ipv6(bound.error())) {
    where.address(asio::ip::address_v4::any());
    bound = bind_and_listen(where, options);
  }
  if (!bound) return bound.error();
  return bound->release();
}

}  // namespace

result<int> open_listening_socket(tcp::endpoint& where, const listener_options& options) {
  if (!options.setup || options.setup->network_namespace.empty()) return open_here(where, options);
  result<int> opened = -1;
  if (const auto failed = run_in_namespace(options.setup->network_namespace,
                                           [&] { opened = open_here(where, options); }))
    return failed;
  return opened;
}

result<tcp::endpoint> listen_endpoint(std::string_view host, std::uint16_t port) {
  if (host.empty() || host == "*") return tcp::endpoint(asio::ip::address_v6::any(), port);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  error_code not_numeric;
  if (const auto ip = asio::ip::make_address(std::string(host), not_numeric); !not_numeric)
    return tcp::endpoint(ip, port);
  hosts_file hosts("/etc/hosts");
  const auto found =
      order_addresses(hosts.table(clock::now()).find(canonical_name(host), address_family::any),
                      family_strategy::prefer_ipv4);
  if (found.empty()) return make_error_code(errc::name_not_found);
  return tcp::endpoint(found.front(), port);
}

}  // namespace anytls::net
