#include "net/socket_setup.h"

#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>

namespace anytls::net {
namespace {

// Not in the headers of glibc 2.36.
constexpr int protocol_mptcp = 262;
constexpr int bind_address_no_port = 24;

bool set(int fd, int level, int name, int value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// One for each option and value that was ever refused: a handful, which live as long as the
/// program, since an error_code may be kept anywhere.
class refused_option final : public boost::system::error_category {
 public:
  refused_option(std::string what, std::string advice)
      : what_(std::move(what)), advice_(std::move(advice)) {}

  const char* name() const noexcept override { return "socket option"; }
  std::string message(int code) const override {
    auto text = fmt::format("{}: {}", what_, boost::system::system_category().message(code));
    if ((code == EPERM || code == EACCES) && !advice_.empty()) text += "; it needs " + advice_;
    return text;
  }

 private:
  std::string what_;
  std::string advice_;
};

std::string needed(std::string_view option) {
  if (option == "routing_mark") return "CAP_NET_ADMIN";
  if (option == "bind_interface") return "CAP_NET_RAW";
  if (option == "netns") return "CAP_SYS_ADMIN";
  return {};
}

/// mihomo's words for what both forms have.
std::string spelled(std::string_view option, bool dashes) {
  if (!dashes) return std::string(option);
  if (option == "bind_interface") return "interface-name";
  std::string out(option);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

error_code bind_to_interface(int fd, const socket_setup& setup) {
  if (setup.interface.empty()) return {};
  const auto size = static_cast<socklen_t>(setup.interface.size());
  if (::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, setup.interface.data(), size) == 0) return {};
  return option_refused("bind_interface", setup.interface, errno, setup.dashes);
}

error_code set_mark(int fd, const socket_setup& setup) {
  if (setup.mark == 0) return {};
  if (::setsockopt(fd, SOL_SOCKET, SO_MARK, &setup.mark, sizeof setup.mark) == 0) return {};
  return option_refused("routing_mark", fmt::format("{}", setup.mark), errno, setup.dashes);
}

template <typename Address>
error_code bind_to_source(int fd, const Address& source, std::string_view option,
                          const socket_setup& setup) {
  if (setup.source_without_port && !set(fd, IPPROTO_IP, bind_address_no_port, 1))
    return option_refused("bind_address_no_port", "true", errno, setup.dashes);
  const tcp::endpoint from(source, 0);
  if (::bind(fd, from.data(), static_cast<socklen_t>(from.size())) == 0) return {};
  return option_refused(option, source.to_string(), errno, setup.dashes);
}

void set_keep_alive(int fd, const keep_alive_options& options) noexcept {
  if (options.off) {
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
    return;
  }
  if (options.idle_seconds != 0) set(fd, IPPROTO_TCP, TCP_KEEPIDLE, options.idle_seconds);
  if (options.interval_seconds != 0) set(fd, IPPROTO_TCP, TCP_KEEPINTVL, options.interval_seconds);
  if (options.probes != 0) set(fd, IPPROTO_TCP, TCP_KEEPCNT, options.probes);
}

bool allow_reuse(int fd) noexcept {
  return set(fd, SOL_SOCKET, SO_REUSEADDR, 1) && set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

}  // namespace

error_code set_up_to_connect(int fd, const tcp::endpoint& to, const socket_setup& setup) {
  // No other interface leads to a loopback address, and a default for all outbounds should not cut
  // this host off from itself.
  if (!to.address().is_loopback())
    if (const auto failed = bind_to_interface(fd, setup)) return failed;
  if (const auto failed = set_mark(fd, setup)) return failed;
  if (setup.reuse_address && !allow_reuse(fd))
    return option_refused("reuse_addr", "true", errno, setup.dashes);
  if (to.address().is_v4() && setup.source_v4) {
    if (const auto failed = bind_to_source(fd, *setup.source_v4, "inet4_bind_address", setup))
      return failed;
  } else if (to.address().is_v6() && setup.source_v6) {
    if (const auto failed = bind_to_source(fd, *setup.source_v6, "inet6_bind_address", setup))
      return failed;
  }
  set_keep_alive(fd, setup.keep_alive);
  if (setup.fast_open) set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  return {};
}

error_code set_up_to_listen(int fd, const socket_setup& setup, int backlog) {
  if (const auto failed = bind_to_interface(fd, setup)) return failed;
  if (const auto failed = set_mark(fd, setup)) return failed;
  if (setup.reuse_address && !allow_reuse(fd))
    return option_refused("reuse_addr", "true", errno, setup.dashes);
  set_keep_alive(fd, setup.keep_alive);
  if (setup.fast_open) set(fd, IPPROTO_TCP, TCP_FASTOPEN, backlog);
  return {};
}

int open_stream_socket(int family, bool multi_path) noexcept {
  constexpr int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (multi_path) {
    const int fd = ::socket(family, type, protocol_mptcp);
    // Not built in, switched off (net.mptcp.enabled), or kept from us by a filter.
    if (fd >= 0 || (errno != EINVAL && errno != EPROTONOSUPPORT && errno != ENOPROTOOPT &&
                    errno != EPERM && errno != EACCES))
      return fd;
  }
  return ::socket(family, type, IPPROTO_TCP);
}

bool awaits_first_data(int fd) noexcept { return !peer_of(fd) && errno == ENOTCONN; }

std::optional<tcp::endpoint> peer_of(int fd) noexcept {
  tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(fd, peer.data(), &size) != 0) return std::nullopt;
  peer.resize(size);
  return peer;
}

error_code option_refused(std::string_view option, std::string_view value, int code, bool dashes) {
  static std::mutex guard;
  static std::map<std::string, std::unique_ptr<refused_option>> all;
  auto text = fmt::format("{} {}", spelled(option, dashes), value);
  std::lock_guard hold(guard);
  auto& one = all[text];
  if (!one) one = std::make_unique<refused_option>(text, needed(option));
  return {code, *one};
}

bool is_option_refused(const error_code& e) noexcept {
  return dynamic_cast<const refused_option*>(&e.category()) != nullptr;
}

}  // namespace anytls::net
