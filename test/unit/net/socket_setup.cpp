#include "net/socket_setup.h"

#include "net/owned_fd.h"
#include "net/socket_options.h"
#include "net/socket_probe.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cerrno>

namespace anytls::net {
namespace {

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

const tcp::endpoint elsewhere{asio::ip::make_address("192.0.2.1"), 9};
const tcp::endpoint loopback{asio::ip::address_v4::loopback(), 9};

struct socket_setup_test : ::testing::Test {
  owned_fd made{open_stream_socket(AF_INET, false)};
  socket_setup setup;

  void SetUp() override { set_stream_options(made.fd); }
};

TEST_F(socket_setup_test, nothing_asked_for_changes_nothing) {
  EXPECT_EQ(set_up_to_connect(made.fd, elsewhere, setup), error_code{});
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_KEEPIDLE), keepalive_idle_seconds);
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_MARK), 0);
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_REUSEADDR), 0);
}

TEST_F(socket_setup_test, keep_alive) {
  setup.keep_alive = {.idle_seconds = 300, .interval_seconds = 75, .probes = 9};
  EXPECT_EQ(set_up_to_connect(made.fd, elsewhere, setup), error_code{});
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_KEEPIDLE), 300);
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_KEEPINTVL), 75);
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_KEEPCNT), 9);
  setup.keep_alive.off = true;
  EXPECT_EQ(set_up_to_listen(made.fd, setup, 16), error_code{});
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST_F(socket_setup_test, a_keep_alive_time_alone_leaves_the_others) {
  setup.keep_alive.idle_seconds = 300;
  EXPECT_EQ(set_up_to_connect(made.fd, elsewhere, setup), error_code{});
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_KEEPINTVL), keepalive_interval_seconds);
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_KEEPCNT), keepalive_probes);
}

TEST_F(socket_setup_test, reuse_address) {
  setup.reuse_address = true;
  EXPECT_EQ(set_up_to_connect(made.fd, elsewhere, setup), error_code{});
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_REUSEADDR), 1);
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_REUSEPORT), 1);
}

TEST_F(socket_setup_test, a_source_address_without_a_port_gets_one_later) {
  setup.source_v4 = asio::ip::make_address_v4("127.0.0.7");
  setup.source_without_port = true;
  EXPECT_EQ(set_up_to_connect(made.fd, loopback, setup), error_code{});
  tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  ::getsockname(made.fd, bound.data(), &size);
  EXPECT_EQ(bound.address().to_string(), "127.0.0.7");
  EXPECT_EQ(bound.port(), 0);
}

TEST_F(socket_setup_test, the_source_address_of_the_other_family_does_not_matter) {
  setup.source_v6 = asio::ip::make_address_v6("2001:db8::7");
  EXPECT_EQ(set_up_to_connect(made.fd, loopback, setup), error_code{});
}

TEST_F(socket_setup_test, a_source_address_of_somebody_else_is_named) {
  setup.source_v4 = asio::ip::make_address_v4("192.0.2.7");
  const auto e = set_up_to_connect(made.fd, elsewhere, setup);
  EXPECT_EQ(e.value(), EADDRNOTAVAIL);
  EXPECT_EQ(e.message(), "inet4_bind_address 192.0.2.7: Cannot assign requested address");
}

TEST_F(socket_setup_test, an_interface_that_is_not_there_is_named) {
  setup.interface = "nope0";
  const auto e = set_up_to_connect(made.fd, elsewhere, setup);
  EXPECT_EQ(e.message(), "bind_interface nope0: No such device");
  EXPECT_EQ(set_up_to_listen(made.fd, setup, 16), e);
  setup.dashes = true;
  EXPECT_EQ(set_up_to_connect(made.fd, elsewhere, setup).message(),
            "interface-name nope0: No such device");
}

TEST_F(socket_setup_test, what_goes_to_this_host_is_not_bound_to_an_interface) {
  setup.interface = "nope0";
  EXPECT_EQ(set_up_to_connect(made.fd, loopback, setup), error_code{});
}

TEST_F(socket_setup_test, a_mark) {
  setup.mark = 0x1234;
  const auto e = set_up_to_connect(made.fd, elsewhere, setup);
  if (e) {
    EXPECT_EQ(e.message(), "routing_mark 4660: Operation not permitted; it needs CAP_NET_ADMIN");
    GTEST_SKIP() << "not permitted here";
  }
  EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_MARK), 0x1234);
}

TEST_F(socket_setup_test, fast_open_of_a_listener_has_a_queue) {
  setup.fast_open = true;
  EXPECT_EQ(set_up_to_listen(made.fd, setup, 77), error_code{});
  EXPECT_EQ(option(made.fd, IPPROTO_TCP, TCP_FASTOPEN), 77);
}

TEST(open_stream_socket, multi_path_or_plain) {
  const owned_fd plain(open_stream_socket(AF_INET, false)),
      multi(open_stream_socket(AF_INET, true));
  EXPECT_EQ(option(plain.fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  ASSERT_GE(multi.fd, 0);
  const int protocol = option(multi.fd, SOL_SOCKET, SO_PROTOCOL);
  EXPECT_TRUE(protocol == 262 || protocol == IPPROTO_TCP) << "where the kernel has none";
}

TEST(option_refused, is_one_error_for_one_reason) {
  const auto e = option_refused("netns", "vpn", ENOENT);
  EXPECT_EQ(e.message(), "netns vpn: No such file or directory");
  EXPECT_EQ(e, option_refused("netns", "vpn", ENOENT));
  EXPECT_NE(e, option_refused("netns", "vpn2", ENOENT));
  EXPECT_EQ(option_refused("netns", "vpn", EPERM).message(),
            "netns vpn: Operation not permitted; it needs CAP_SYS_ADMIN");
  EXPECT_TRUE(is_option_refused(e));
  EXPECT_FALSE(is_option_refused(asio::error::connection_refused));
  EXPECT_FALSE(is_option_refused({}));
}

TEST(probe_outbound, says_what_a_connection_would_be_told) {
  EXPECT_EQ(probe_outbound({}).refused, error_code{});
  EXPECT_EQ(probe_outbound({.interface = "nope0"}).refused.message(),
            "bind_interface nope0: No such device");
  EXPECT_EQ(probe_outbound({.network_namespace = "nope-78"}).refused.message(),
            "netns nope-78: No such file or directory");
  socket_setup six;
  six.source_v6 = asio::ip::make_address_v6("2001:db8::7");
  const auto refused = probe_outbound(six).refused;
  // A host without IPv6 has nothing to complain about.
  EXPECT_TRUE(!refused || refused.message() ==
                              "inet6_bind_address 2001:db8::7: Cannot assign requested address")
      << refused.message();
}

}  // namespace
}  // namespace anytls::net
