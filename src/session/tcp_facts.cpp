#include "session/tcp_facts.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace anytls::session {

tcp_facts::tcp_facts(int fd) noexcept {
  if (fd < 0) return;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return;
  known_ = true;
  in_flight_ = info.tcpi_unacked > 0;
  // Not those alone: what could not even be sent (its source address is gone) is not counted
  // there.
  int waiting = 0;
  unacked_ = in_flight_ || (::ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting > 0);
  resent_ = info.tcpi_retransmits > 1;
  sent_since_ack_ = info.tcpi_last_ack_recv > info.tcpi_last_data_sent;
  probes_ = info.tcpi_probes;
  last_ack_ = std::chrono::milliseconds(info.tcpi_last_ack_recv);
}

}  // namespace anytls::session
