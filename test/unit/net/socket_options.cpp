#include "net/socket_options.h"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace anytls::net {
namespace {

TEST(socket_options, a_socket_is_non_blocking_and_stays_here) {
  asio::io_context context{1};
  auto s = open_tcp_socket(context, tcp::v4());
  ASSERT_TRUE(s);
  EXPECT_TRUE(::fcntl(s->native_handle(), F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(::fcntl(s->native_handle(), F_GETFL) & O_NONBLOCK);
}

TEST(socket_options, a_descriptor_that_is_closed_cannot_be_adopted) {
  asio::io_context context{1};
  EXPECT_EQ(adopt_tcp_socket(context, tcp::v4(), -1).error(), asio::error::bad_descriptor);
}

TEST(socket_options, a_bad_descriptor_is_survived) { set_stream_options(-1); }

}  // namespace
}  // namespace anytls::net
