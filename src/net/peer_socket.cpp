#include "net/peer_socket.h"

#include "base/result.h"
#include "net/netlink_socket.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <algorithm>
#include <array>

namespace anytls::net {
namespace {

struct question {
  nlmsghdr header{};
  inet_diag_req_v2 request{};
};

template <typename To>
void copy_address(const asio::ip::address& from, To& to) noexcept {
  auto* out = reinterpret_cast<std::uint8_t*>(&to);
  if (from.is_v4()) {
    const auto bytes = from.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), out);
  } else {
    const auto bytes = from.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), out);
  }
}

// The other end may be an IPv4 socket where ours is a dual one.
asio::ip::address plain(const asio::ip::address& from) noexcept {
  if (from.is_v6() && from.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, from.to_v6());
  return from;
}

/// Of the socket that is connected from `from` to `to`.
peer_socket look_up(const tcp::endpoint& from, const tcp::endpoint& to) noexcept {
  thread_local const netlink_socket kernel(NETLINK_SOCK_DIAG);
  if (kernel.fd() < 0) return peer_socket::unknown;
  const auto source = plain(from.address()), destination = plain(to.address());
  question ask;
  ask.request.sdiag_family = source.is_v4() ? AF_INET : AF_INET6;
  ask.request.sdiag_protocol = IPPROTO_TCP;
  ask.request.idiag_states = ~0U;
  ask.request.id.idiag_sport = htons(from.port());
  ask.request.id.idiag_dport = htons(to.port());
  copy_address(source, ask.request.id.idiag_src);
  copy_address(destination, ask.request.id.idiag_dst);
  ask.request.id.idiag_cookie[0] = ask.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  ask.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.header.nlmsg_len = sizeof ask;

  // The kernel has answered when send() returns.
  alignas(nlmsghdr) std::array<std::uint8_t, 1024> answer;
  if (::send(kernel.fd(), &ask, sizeof ask, MSG_DONTWAIT) < 0) return peer_socket::unknown;
  const auto got = ::recv(kernel.fd(), answer.data(), answer.size(), MSG_DONTWAIT);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (got <= 0 || !NLMSG_OK(header, static_cast<std::size_t>(got)) ||
      header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
    return peer_socket::unknown;
  const auto* found = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
  // Without a connection of these addresses the kernel offers whoever listens on that port.
  if (found->id.idiag_sport != ask.request.id.idiag_sport ||
      found->id.idiag_dport != ask.request.id.idiag_dport)
    return peer_socket::unknown;
  return found->idiag_inode == 0 ? peer_socket::closed : peer_socket::open;
}

/// Of a local socket: both halves of a closed one hang up, and only one of an end that still reads.
peer_socket local_peer(int fd) noexcept {
  pollfd one{fd, 0, 0};
  if (::poll(&one, 1, 0) < 0) return peer_socket::unknown;
  return (one.revents & POLLHUP) != 0 ? peer_socket::closed : peer_socket::open;
}

}  // namespace

peer_socket state_of_peer(tcp_socket& socket) noexcept {
  error_code failed, failed_too;
  const auto ours = socket.local_endpoint(failed);
  const auto theirs = socket.remote_endpoint(failed_too);
  if (failed || failed_too) return peer_socket::unknown;
  if (ours.data()->sa_family == AF_UNIX) return local_peer(socket.native_handle());
  // A kernel without the module would try to load it at each question. It knows our own end, or
  // nothing.
  static const bool answers = look_up(ours, theirs) != peer_socket::unknown;
  return answers ? look_up(theirs, ours) : peer_socket::unknown;
}

}  // namespace anytls::net
