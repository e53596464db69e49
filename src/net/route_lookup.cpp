#include "net/route_lookup.h"

#include "net/netlink_socket.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstring>

namespace anytls::net {
namespace {

struct question {
  nlmsghdr header{};
  rtmsg message{};
  rtattr attribute{};
  std::array<std::uint8_t, 16> address{};
};

route read_answer(const nlmsghdr& header) {
  route found;
  const auto* message = static_cast<const rtmsg*>(NLMSG_DATA(&header));
  auto left = static_cast<int>(header.nlmsg_len - NLMSG_LENGTH(sizeof(rtmsg)));
  for (const auto* at = RTM_RTA(message); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
    const auto* data = static_cast<const std::uint8_t*>(RTA_DATA(at));
    const std::size_t size = RTA_PAYLOAD(at);
    const auto copy = [&](auto& to) { std::copy_n(data, std::min(size, to.size()), to.begin()); };
    if (at->rta_type == RTA_OIF && size == sizeof found.interface)
      std::memcpy(&found.interface, data, size);
    if (at->rta_type == RTA_PREFSRC) copy(found.source);
    if (at->rta_type == RTA_GATEWAY) copy(found.gateway);
  }
  return found;
}

}  // namespace

route look_up_route(const asio::ip::address& to) noexcept {
  const netlink_socket socket(NETLINK_ROUTE);
  if (socket.fd() < 0) return {};

  question ask;
  std::size_t size = 4;
  if (to.is_v4()) {
    const auto bytes = to.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), ask.address.begin());
  } else {
    ask.address = to.to_v6().to_bytes();
    size = ask.address.size();
  }
  ask.attribute.rta_type = RTA_DST;
  ask.attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
  ask.message.rtm_family = to.is_v4() ? AF_INET : AF_INET6;
  ask.message.rtm_dst_len = static_cast<unsigned char>(size * 8);
  ask.header.nlmsg_type = RTM_GETROUTE;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof(rtmsg)) + RTA_LENGTH(size));

  // The kernel has answered when send() returns.
  alignas(nlmsghdr) std::array<std::uint8_t, 2048> answer;
  if (::send(socket.fd(), &ask, ask.header.nlmsg_len, MSG_DONTWAIT) < 0) return {};
  const auto got = ::recv(socket.fd(), answer.data(), answer.size(), MSG_DONTWAIT);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (got <= 0 || !NLMSG_OK(header, static_cast<std::size_t>(got)) ||
      header->nlmsg_type != RTM_NEWROUTE)
    return {};
  return read_answer(*header);
}

}  // namespace anytls::net
