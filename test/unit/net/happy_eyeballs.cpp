#include "net/happy_eyeballs.h"

#include "black_hole.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/tcp.h>

namespace anytls::net {
namespace {

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

struct happy_eyeballs : ::testing::Test {
  asio::io_context context{1};
  tcp_acceptor target{context, {asio::ip::make_address("127.0.0.1"), 0}};

  result<tcp_socket> connect(std::vector<tcp::endpoint> to, duration timeout = 5s,
                             connect_options how = {}) {
    return test::run_task(
        context, connect_first(context, std::move(to), clock::now() + timeout, std::move(how)));
  }
};

TEST_F(happy_eyeballs, connects_and_sets_the_options) {
  auto s = connect({target.local_endpoint()});
  ASSERT_TRUE(s);
  EXPECT_EQ(s->remote_endpoint(), target.local_endpoint());
  const int fd = s->native_handle();
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 15);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
  EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK);
}

TEST_F(happy_eyeballs, goes_on_at_once_after_a_refusal) {
  const auto begin = clock::now();
  auto s =
      connect({test::refusing("127.0.0.2"), test::refusing("127.0.0.3"), target.local_endpoint()});
  ASSERT_TRUE(s);
  EXPECT_EQ(s->remote_endpoint(), target.local_endpoint());
  EXPECT_LT(clock::now() - begin, 450ms) << "two waits of 250 ms";
}

TEST_F(happy_eyeballs, a_silent_first_address_costs_250_ms) {
  test::black_hole hole;
  if (!hole.works()) GTEST_SKIP() << "this kernel does not drop connections to a full queue";
  const auto begin = clock::now();
  auto s = connect({hole.where(), target.local_endpoint()});
  ASSERT_TRUE(s);
  EXPECT_EQ(s->remote_endpoint(), target.local_endpoint());
  EXPECT_GE(clock::now() - begin, 240ms);
  EXPECT_LT(clock::now() - begin, 2s);
}

TEST_F(happy_eyeballs, another_delay) {
  test::black_hole hole;
  if (!hole.works()) GTEST_SKIP();
  const auto begin = clock::now();
  EXPECT_TRUE(connect({hole.where(), target.local_endpoint()}, 5s, {.attempt_delay = 500ms}));
  EXPECT_GE(clock::now() - begin, 490ms);
}

TEST_F(happy_eyeballs, an_option_that_is_refused_is_the_reason) {
  socket_setup setup;
  setup.interface = "nope0";
  const tcp::endpoint elsewhere(asio::ip::make_address("192.0.2.1"), 9);
  connect_options how;
  how.setup = std::make_shared<socket_setup>(setup);
  EXPECT_EQ(connect({test::refusing(), elsewhere}, 5s, how).error().message(),
            "bind_interface nope0: No such device")
      << "it says more than a refusal: it is ours to change";
  how.setup = std::make_shared<socket_setup>(socket_setup{.reuse_address = true});
  auto s = connect({target.local_endpoint()}, 5s, how);
  ASSERT_TRUE(s);
  EXPECT_EQ(option(s->native_handle(), SOL_SOCKET, SO_REUSEADDR), 1);
}

TEST_F(happy_eyeballs, nobody_answers) {
  test::black_hole hole;
  if (!hole.works()) GTEST_SKIP();
  EXPECT_EQ(connect({hole.where()}, 100ms).error(), errc::connect_timeout);
  EXPECT_EQ(connect({test::refusing(), hole.where()}, 100ms).error(),
            asio::error::connection_refused);
}

TEST_F(happy_eyeballs, everybody_refuses) {
  EXPECT_EQ(connect({test::refusing("127.0.0.2"), test::refusing("127.0.0.3")}).error(),
            asio::error::connection_refused);
}

TEST_F(happy_eyeballs, an_address_that_cannot_be_reached) {
  // TCP has no broadcast: refused by the kernel itself, without a packet.
  const auto e = connect({tcp::endpoint(asio::ip::make_address("255.255.255.255"), 9)}).error();
  EXPECT_EQ(e.category(), boost::system::system_category());
  EXPECT_TRUE(e == asio::error::network_unreachable || e == asio::error::access_denied ||
              e == asio::error::host_unreachable)
      << e.message();
}

TEST_F(happy_eyeballs, nothing_to_try) { EXPECT_EQ(connect({}).error(), errc::no_address); }

TEST_F(happy_eyeballs, a_deadline_in_the_past) {
  EXPECT_EQ(connect({target.local_endpoint()}, -1s).error(), errc::connect_timeout);
}

TEST_F(happy_eyeballs, the_context_may_end_in_the_middle) {
  test::black_hole hole;
  auto own = std::make_unique<asio::io_context>(1);
  test::start_task(*own, connect_first(*own, {hole.where(), hole.where()}, clock::now() + 5s));
  for (int i = 0; i < 5; ++i) own->poll();
  own.reset();
}

}  // namespace
}  // namespace anytls::net
