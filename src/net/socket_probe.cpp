#include "net/socket_probe.h"

#include "net/network_namespace.h"
#include "net/owned_fd.h"

#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <cerrno>
#include <fstream>
#include <string_view>

namespace anytls::net {
namespace {

// net.ipv4.tcp_fastopen
constexpr unsigned client_bit = 1;
constexpr unsigned server_bit = 2;

std::string spelled(const socket_setup& setup, const char* sing_box, const char* mihomo) {
  return setup.dashes ? mihomo : sing_box;
}

/// Of the calling thread's network namespace.
void look_at_system(const socket_setup& setup, unsigned bit, std::vector<std::string>& warnings) {
  if (setup.fast_open) {
    unsigned allowed = 0;
    if (std::ifstream("/proc/sys/net/ipv4/tcp_fastopen") >> allowed && (allowed & bit) == 0)
      warnings.push_back(
          fmt::format("{} does nothing while the system does not allow it; run `sysctl -w "
                      "net.ipv4.tcp_fastopen=3`",
                      spelled(setup, "tcp_fast_open", "tfo")));
  }
  if (setup.multi_path) {
    const owned_fd made(open_stream_socket(AF_INET, true));
    int protocol = 0;
    socklen_t size = sizeof protocol;
    ::getsockopt(made.fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
    if (protocol == IPPROTO_TCP)
      warnings.push_back(
          fmt::format("this system has no MPTCP (see `sysctl net.mptcp.enabled`): {} is plain TCP",
                      spelled(setup, "tcp_multi_path", "mptcp")));
  }
}

error_code try_address(const socket_setup& setup, const tcp::endpoint& to) {
  const owned_fd made(open_stream_socket(to.protocol().family(), setup.multi_path));
  if (made.fd < 0) {
    if (errno == EAFNOSUPPORT) return {};
    return {errno, boost::system::system_category()};
  }
  return set_up_to_connect(made.fd, to, setup);
}

probe_result probe(const socket_setup& setup, bool outbound) {
  probe_result found;
  const auto look = [&] {
    if (outbound) {
      // Documentation addresses; nothing is sent there.
      if (!setup.source_v6 || setup.source_v4)
        found.refused = try_address(setup, {asio::ip::make_address("192.0.2.1"), 9});
      if (!found.refused && setup.source_v6)
        found.refused = try_address(setup, {asio::ip::make_address("2001:db8::1"), 9});
    }
    look_at_system(setup, outbound ? client_bit : server_bit, found.warnings);
  };
  if (setup.network_namespace.empty())
    look();
  else if (const auto failed = run_in_namespace(setup.network_namespace, look))
    found.refused = failed;
  return found;
}

}  // namespace

probe_result probe_outbound(const socket_setup& setup) { return probe(setup, true); }
probe_result probe_inbound(const socket_setup& setup) { return probe(setup, false); }

}  // namespace anytls::net
