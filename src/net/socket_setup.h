#pragma once
// What a configuration may ask of sockets beyond set_stream_options(). One place for each option;
// where nothing is asked for there is no such object, and a connection costs no system call more.

#include "base/asio.h"
#include "base/result.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anytls::net {

/// Zeros leave what set_stream_options() says.
struct keep_alive_options {
  bool off = false;
  int idle_seconds = 0;      ///< 1..32767
  int interval_seconds = 0;  ///< 1..32767
  int probes = 0;            ///< 1..127
  bool operator==(const keep_alive_options&) const = default;
};

struct socket_setup {
  std::string interface;  ///< SO_BINDTODEVICE; what goes to a loopback address is not bound
  std::optional<asio::ip::address_v4> source_v4;  ///< where IPv4 connections come from
  std::optional<asio::ip::address_v6> source_v6;
  bool source_without_port = false;  ///< IP_BIND_ADDRESS_NO_PORT: connect() chooses it
  std::uint32_t mark = 0;            ///< SO_MARK; 0 = none
  bool reuse_address = false;        ///< SO_REUSEADDR and SO_REUSEPORT
  bool fast_open = false;   ///< data in the SYN; a hint: without the kernel's leave plain TCP
  bool multi_path = false;  ///< MPTCP; where the kernel has none, TCP
  keep_alive_options keep_alive;
  std::string network_namespace;  ///< a path, or a name of /run/netns; empty = our own
  bool dashes = false;            ///< messages write routing-mark (mihomo), else routing_mark

  bool operator==(const socket_setup&) const = default;
};

/// Between socket() and connect(): everything but the namespace and multi_path, which socket()
/// itself decides. What the system refused first, as an error whose message names option and value.
/// Options that only help (fast_open, keep_alive) are not missed.
error_code set_up_to_connect(int fd, const tcp::endpoint& to, const socket_setup& setup);

/// Between socket() and bind(), with listen(backlog) to follow.
error_code set_up_to_listen(int fd, const socket_setup& setup, int backlog);

/// socket(2) for TCP, or for MPTCP where that is asked for and available; -1 and errno. It is
/// non-blocking and close-on-exec.
int open_stream_socket(int family, bool multi_path) noexcept;

/// With TCP_FASTOPEN_CONNECT connect() may have returned without a packet: the SYN leaves with the
/// first data.
bool awaits_first_data(int fd) noexcept;

/// The other end of a connected socket; nullopt where it is not connected.
std::optional<tcp::endpoint> peer_of(int fd) noexcept;

/// An error of the system about one option: "routing_mark 7: Operation not permitted; it needs
/// CAP_NET_ADMIN". Its value is `code`, an errno.
error_code option_refused(std::string_view option, std::string_view value, int code,
                          bool dashes = false);

/// Whether `e` came from option_refused().
bool is_option_refused(const error_code& e) noexcept;

}  // namespace anytls::net
