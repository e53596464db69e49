#include "net/route_lookup.h"

#include "net/netlink_socket.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstring>

namespace anytls::net {
namespace {

struct question {
  nlmsghdr header{};
  rtmsg message{};
  std::array<std::uint8_t, 64> attributes{};

  void begin() noexcept {
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof message));
  }
  void add(unsigned short type, const void* data, std::size_t size) noexcept {
    rtattr head{static_cast<unsigned short>(RTA_LENGTH(size)), type};
    auto* at = reinterpret_cast<std::uint8_t*>(this) + header.nlmsg_len;
    std::memcpy(at, &head, sizeof head);
    std::memcpy(at + RTA_LENGTH(0), data, size);
    header.nlmsg_len += static_cast<std::uint32_t>(RTA_ALIGN(RTA_LENGTH(size)));
  }
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

route look_up_route(const asio::ip::address& to, const route_choice& among) noexcept {
  const netlink_socket socket(NETLINK_ROUTE);
  if (socket.fd() < 0) return {};

  question ask;
  ask.header.nlmsg_type = RTM_GETROUTE;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.message.rtm_family = to.is_v4() ? AF_INET : AF_INET6;
  ask.message.rtm_dst_len = to.is_v4() ? 32 : 128;
  ask.begin();
  if (to.is_v4()) {
    const auto bytes = to.to_v4().to_bytes();
    ask.add(RTA_DST, bytes.data(), bytes.size());
  } else {
    const auto bytes = to.to_v6().to_bytes();
    ask.add(RTA_DST, bytes.data(), bytes.size());
  }
  if (!among.interface.empty()) {
    const std::uint32_t index = ::if_nametoindex(among.interface.c_str());
    if (index == 0) return {};
    ask.add(RTA_OIF, &index, sizeof index);
  }
  if (among.mark != 0) ask.add(RTA_MARK, &among.mark, sizeof among.mark);

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
