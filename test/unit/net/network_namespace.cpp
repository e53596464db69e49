#include "net/network_namespace.h"

#include "net/happy_eyeballs.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace anytls::net {
namespace {

// One that needs no capability: a thread is there already.
const std::string own = "/proc/self/ns/net";

struct network_namespace : ::testing::Test {
  asio::io_context context{1};
  std::optional<result<tcp_socket>> got;

  void open(namespace_sockets& from) {
    from.open(context, tcp::v4(), false, [this](result<tcp_socket> s) { got = std::move(s); });
  }
  bool wait() {
    return test::run_until(context, [&] { return got.has_value(); });
  }
};

TEST_F(network_namespace, a_socket_comes_back) {
  namespace_sockets there(own);
  open(there);
  EXPECT_FALSE(got) << "never from within";
  ASSERT_TRUE(wait());
  ASSERT_TRUE(*got) << got->error().message();
  EXPECT_TRUE(::fcntl((*got)->native_handle(), F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(::fcntl((*got)->native_handle(), F_GETFL) & O_NONBLOCK);
}

TEST_F(network_namespace, one_that_is_not_there_is_named) {
  namespace_sockets there("nope-78");
  open(there);
  ASSERT_TRUE(wait());
  EXPECT_EQ(got->error().message(), "netns nope-78: No such file or directory");
  EXPECT_EQ(run_in_namespace("/nowhere/at/all", [] { FAIL(); }).message(),
            "netns /nowhere/at/all: No such file or directory");
}

TEST_F(network_namespace, what_is_no_namespace_is_refused) {
  namespace_sockets there("/dev/null");
  open(there);
  ASSERT_TRUE(wait());
  EXPECT_FALSE(*got);
}

TEST_F(network_namespace, work_is_done_inside) {
  bool done = false;
  EXPECT_EQ(run_in_namespace(own, [&] { done = true; }), error_code{});
  EXPECT_TRUE(done);
}

TEST_F(network_namespace, the_maker_may_end_first) {
  for (int i = 0; i < 20; ++i) {
    got.reset();
    {
      namespace_sockets there(own);
      open(there);
    }
    EXPECT_TRUE(wait()) << "a socket, or an error: whichever was first";
  }
}

TEST_F(network_namespace, the_context_may_end_first) {
  namespace_sockets there(own);
  for (int i = 0; i < 20; ++i) {
    asio::io_context brief{1};
    there.open(brief, tcp::v4(), false, [](const result<tcp_socket>&) { FAIL(); });
  }
}

TEST_F(network_namespace, connections_are_made_there) {
  tcp_acceptor target(context, {asio::ip::address_v4::loopback(), 0});
  connect_options how;
  how.network_space = std::make_shared<namespace_sockets>(own);
  auto s = test::run_task(
      context, connect_first(context, {target.local_endpoint()}, clock::now() + 5s, how));
  EXPECT_TRUE(s);
  how.network_space = std::make_shared<namespace_sockets>("nope-78");
  s = test::run_task(context,
                     connect_first(context, {target.local_endpoint()}, clock::now() + 5s, how));
  EXPECT_EQ(s.error().message(), "netns nope-78: No such file or directory");
}

}  // namespace
}  // namespace anytls::net
