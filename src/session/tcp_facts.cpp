#include "session/tcp_facts.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstring>

namespace anytls::session {
namespace {

constexpr std::size_t snd_wnd_at = 228;  // tcpi_snd_wnd of <linux/tcp.h>

}  // namespace

tcp_facts::tcp_facts(int fd) noexcept {
  if (fd < 0) return;
  struct {
    tcp_info info;
    std::uint8_t newer[256];  // what <netinet/tcp.h> does not know
  } all{};
  const auto& info = all.info;
  socklen_t size = sizeof all;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &all, &size) != 0) return;
  known_ = true;
  // Not tcpi_unacked alone: what could not even be sent (its source address is gone) is not counted
  // there.
  int waiting = 0;
  if (::ioctl(fd, SIOCOUTQ, &waiting) != 0) waiting = 0;
  unacked_ = info.tcpi_unacked > 0 || waiting > 0;
  // Nor does a full window hold it back. Linux 5.4 tells; before that it is not known.
  std::uint32_t window = 0;
  if (size >= snd_wnd_at + sizeof window)
    std::memcpy(&window, reinterpret_cast<const std::uint8_t*>(&all) + snd_wnd_at, sizeof window);
  const bool window_open =
      waiting > 0 && window >= std::min(static_cast<std::uint32_t>(waiting), info.tcpi_snd_mss);
  in_flight_ = info.tcpi_unacked > 0 || window_open;
  resent_ = info.tcpi_retransmits > 1;
  sent_since_ack_ = info.tcpi_last_ack_recv > info.tcpi_last_data_sent;
  probes_ = info.tcpi_probes;
  last_ack_ = std::chrono::milliseconds(info.tcpi_last_ack_recv);
}

}  // namespace anytls::session
