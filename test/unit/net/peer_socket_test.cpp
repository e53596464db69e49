#include "net/peer_socket.h"

#include <boost/asio/ip/v6_only.hpp>

#include "support/tls_pair.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace anytls::net {
namespace {

using test::run;

TEST(peer_socket, open_until_the_other_side_has_closed_all_of_it) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::connected_sockets();
    EXPECT_EQ(state_of_peer(pair.server), peer_socket::open);
    pair.client.shutdown(tcp_socket::shutdown_send);
    EXPECT_EQ(state_of_peer(pair.server), peer_socket::open) << "it still reads";
    pair.client.close();
    EXPECT_EQ(state_of_peer(pair.server), peer_socket::closed);
  });
}

TEST(peer_socket, closed_at_once) {
  asio::io_context io(1);
  run(io, [&]() -> task<> {
    auto pair = co_await test::connected_sockets();
    pair.client.close();
    EXPECT_EQ(state_of_peer(pair.server), peer_socket::closed);
  });
}

TEST(peer_socket, of_ipv4_at_a_dual_listener) {
  asio::io_context io(1);
  tcp_acceptor acceptor(io.get_executor());
  acceptor.open(tcp::v6());
  acceptor.set_option(boost::asio::ip::v6_only(false));
  acceptor.bind({asio::ip::address_v6::any(), 0});
  acceptor.listen();
  tcp_socket client(io.get_executor()), server(io.get_executor());
  client.connect({asio::ip::address_v4::loopback(), acceptor.local_endpoint().port()});
  acceptor.accept(server);
  ASSERT_TRUE(server.local_endpoint().address().to_v6().is_v4_mapped());
  EXPECT_EQ(state_of_peer(server), peer_socket::open);
  client.close();
  EXPECT_EQ(state_of_peer(server), peer_socket::closed);
}

TEST(peer_socket, unknown_without_a_connection) {
  asio::io_context io(1);
  tcp_socket none(io.get_executor());
  EXPECT_EQ(state_of_peer(none), peer_socket::unknown);
}

}  // namespace
}  // namespace anytls::net
