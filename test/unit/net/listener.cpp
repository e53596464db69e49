#include "net/listener.h"

#include "base/log.h"
#include "black_hole.h"
#include "net/io_threads.h"
#include "net/socket_setup.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

namespace anytls::net {
namespace {

tcp::endpoint loopback(std::uint16_t port = 0) {
  return {asio::ip::make_address("127.0.0.1"), port};
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

struct listener_test : ::testing::Test {
  asio::io_context context{1};
  std::vector<tcp_socket> accepted;

  std::unique_ptr<listener> listen(const tcp::endpoint& where, listener_options o = {}) {
    auto l = listener::make(context, where, o);
    EXPECT_TRUE(l) << l.error().message();
    if (!l) return nullptr;
    (*l)->start([this](tcp_socket s) { accepted.push_back(std::move(s)); });
    return std::move(*l);
  }
  bool wait_accepted(std::size_t n) {
    return test::run_until(context, [&] { return accepted.size() >= n; });
  }
};

TEST_F(listener_test, accepts_and_sets_the_options) {
  auto l = listen(loopback());
  EXPECT_NE(l->local_endpoint().port(), 0);
  tcp_socket a(context), b(context);
  a.connect(l->local_endpoint());
  b.connect(l->local_endpoint());
  ASSERT_TRUE(wait_accepted(2));
  EXPECT_EQ(l->count().accepted, 2u);
  const int fd = accepted[0].native_handle();
  EXPECT_EQ(accepted[0].remote_endpoint(), a.local_endpoint());
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 15);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
  EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK);
}

TEST_F(listener_test, takes_more_than_one_batch) {
  auto l = listen(loopback());
  std::vector<tcp_socket> clients;
  for (int i = 0; i < 50; ++i) clients.emplace_back(context).connect(l->local_endpoint());
  EXPECT_TRUE(wait_accepted(50));
}

TEST_F(listener_test, an_unspecified_ipv6_address_takes_both_families) {
  auto l = listen({asio::ip::address_v6::any(), 0});
  tcp_socket four(context);
  four.connect(loopback(l->local_endpoint().port()));
  EXPECT_TRUE(wait_accepted(1));
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  tcp_socket six(context);
  six.connect({asio::ip::address_v6::loopback(), l->local_endpoint().port()});
  EXPECT_TRUE(wait_accepted(2));
}

TEST_F(listener_test, address_in_use) {
  auto l = listen(loopback());
  const auto again = listener::make(context, l->local_endpoint());
  EXPECT_EQ(again.error(), asio::error::address_in_use);
}

TEST_F(listener_test, a_shared_port_is_not_shared_with_strangers) {
  auto first = listen(loopback(), {.reuse_port = true});
  const auto where = first->local_endpoint();
  EXPECT_EQ(listener::make(context, where, {.reuse_port = true}).error(),
            asio::error::address_in_use);
  EXPECT_TRUE(listener::make(context, where, {.reuse_port = true, .join = true}));
}

TEST_F(listener_test, an_address_of_another_host) {
  const auto l = listener::make(context, {asio::ip::make_address("192.0.2.1"), 0});
  EXPECT_EQ(l.error(), boost::system::error_code(EADDRNOTAVAIL, boost::system::system_category()));
}

TEST_F(listener_test, a_port_is_free_again_after_stop) {
  auto l = listen(loopback());
  const auto where = l->local_endpoint();
  tcp_socket c(context);
  c.connect(where);
  EXPECT_TRUE(wait_accepted(1));
  l->stop();
  l->stop();
  EXPECT_EQ(l->local_endpoint(), where);
  EXPECT_TRUE(listener::make(context, where))
      << "the connection that is left must not hold the port";
  tcp_socket late(context);
  error_code refused;
  late.connect(where, refused);
  EXPECT_EQ(refused, asio::error::connection_refused);
  EXPECT_EQ(accepted.size(), 1u);
}

TEST_F(listener_test, may_be_destroyed_by_its_own_handler) {
  auto l = listener::make(context, loopback());
  ASSERT_TRUE(l);
  bool done = false;
  (*l)->start([&](tcp_socket) {
    l->reset();
    done = true;
  });
  tcp_socket a(context), b(context);
  a.connect((*l)->local_endpoint());
  b.connect((*l)->local_endpoint());
  EXPECT_TRUE(test::run_until(context, [&] { return done; }));
}

TEST_F(listener_test, survives_a_handler_that_throws) {
  auto l = listener::make(context, loopback());
  ASSERT_TRUE(l);
  log::set_handler([](log::level, std::string_view) {});
  int calls = 0;
  (*l)->start([&](tcp_socket) {
    if (++calls == 1) throw std::runtime_error("first");
  });
  tcp_socket a(context), b(context);
  a.connect((*l)->local_endpoint());
  b.connect((*l)->local_endpoint());
  EXPECT_TRUE(test::run_until(context, [&] { return calls == 2; }));
  log::set_handler({});
}

TEST_F(listener_test, survives_the_limit_of_open_files) {
  auto l = listen(loopback());
  tcp_socket client(context, tcp::v4());
  int warnings = 0;
  std::string warning;
  log::set_handler([&](log::level level, std::string_view line) {
    warnings += level == log::level::warn;
    warning = line;
  });

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{std::min<rlim_t>(before.rlim_max, 256), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<int> all;
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) all.push_back(fd);

  client.connect(l->local_endpoint());  // waits in the kernel's queue
  test::run_until(context, [] { return false; }, 300ms);
  const auto met = l->count().no_descriptors.load();
  EXPECT_GE(met, 2u);
  EXPECT_LE(met, 10u) << "tries again without a pause";
  EXPECT_TRUE(accepted.empty());

  for (const int fd : all) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(wait_accepted(1));
  tcp_socket next(context);
  next.connect(l->local_endpoint());
  EXPECT_TRUE(wait_accepted(2));
  log::set_handler({});
  EXPECT_EQ(warnings, 1);
  EXPECT_NE(warning.find("limit of open files"), std::string::npos) << warning;
}

TEST_F(listener_test, connections_that_were_reset_while_waiting) {
  auto l = listener::make(context, loopback());
  ASSERT_TRUE(l);
  for (int i = 0; i < 3; ++i) {
    tcp_socket gone(context);
    gone.connect((*l)->local_endpoint());
    gone.set_option(asio::socket_base::linger(true, 0));
  }
  (*l)->start([this](tcp_socket s) { accepted.push_back(std::move(s)); });
  tcp_socket alive(context);
  alive.connect((*l)->local_endpoint());
  EXPECT_TRUE(test::run_until(context, [&] {
    for (auto& s : accepted) {
      error_code gone;
      if (s.remote_endpoint(gone) == alive.local_endpoint()) return true;
    }
    return false;
  }));
}

TEST_F(listener_test, the_context_may_end_with_a_listener) {
  auto own = std::make_unique<asio::io_context>(1);
  auto l = listener::make(*own, loopback());
  ASSERT_TRUE(l);
  (*l)->start([](tcp_socket) {});
  for (int i = 0; i < 3; ++i) own->poll();
  l->reset();
  own.reset();
}

TEST(listen_endpoint, texts) {
  const auto text = [](std::string_view host) {
    const auto e = listen_endpoint(host, 1080);
    return e ? e->address().to_string() : e.error().message();
  };
  EXPECT_EQ(text("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(text("::"), "::");
  EXPECT_EQ(text("[::1]"), "::1");
  EXPECT_EQ(text(""), "::");
  EXPECT_EQ(text("*"), "::");
  EXPECT_EQ(text("localhost"), "127.0.0.1");
  EXPECT_EQ(listen_endpoint("127.0.0.1", 1080)->port(), 1080);
  EXPECT_EQ(listen_endpoint("no-such-host.invalid", 1).error(), errc::name_not_found);
}

TEST_F(listener_test, two_that_may_reuse_the_address_share_a_port) {
  listener_options shared;
  shared.setup = std::make_shared<socket_setup>(socket_setup{.reuse_address = true});
  auto one = listen(loopback(), shared);
  const auto where = one->local_endpoint();
  EXPECT_TRUE(listener::make(context, where, shared));
  EXPECT_EQ(listener::make(context, where).error(), asio::error::address_in_use);
  shared.reuse_port = true;  // several threads
  EXPECT_TRUE(listener::make(context, where, shared));
}

TEST_F(listener_test, what_is_accepted_has_the_keep_alive_that_was_asked_for) {
  listener_options options;
  options.setup = std::make_shared<socket_setup>(
      socket_setup{.keep_alive = {.idle_seconds = 300, .interval_seconds = 75}});
  auto l = listen(loopback(), options);
  tcp_socket a(context);
  a.connect(l->local_endpoint());
  ASSERT_TRUE(wait_accepted(1));
  EXPECT_EQ(option(accepted[0].native_handle(), IPPROTO_TCP, TCP_KEEPIDLE), 300);
  EXPECT_EQ(option(accepted[0].native_handle(), IPPROTO_TCP, TCP_KEEPINTVL), 75);
  EXPECT_EQ(option(accepted[0].native_handle(), IPPROTO_TCP, TCP_KEEPCNT), 3);
}

TEST_F(listener_test, an_option_that_is_refused_is_the_reason) {
  listener_options options;
  options.setup = std::make_shared<socket_setup>(socket_setup{.interface = "nope0"});
  EXPECT_EQ(listener::make(context, loopback(), options).error().message(),
            "bind_interface nope0: No such device");
  options.setup = std::make_shared<socket_setup>(socket_setup{.network_namespace = "nope-78"});
  EXPECT_EQ(listener::make(context, loopback(), options).error().message(),
            "netns nope-78: No such file or directory");
}

TEST(listen_on_all, threads_share_a_port) {
  io_threads threads(3);
  auto all = listen_on_all(threads, loopback());
  ASSERT_TRUE(all) << all.error().message();
  ASSERT_EQ(all->size(), 3u);
  const auto where = all->front()->local_endpoint();
  for (const auto& l : *all) EXPECT_EQ(l->local_endpoint(), where);
  EXPECT_EQ(listen_on_all(threads, where).error(), asio::error::address_in_use);

  std::atomic<int> accepted{0};
  for (auto& l : *all)
    l->start([&](tcp_socket) {
      if (++accepted == 30) threads.stop();
    });
  asio::io_context own;
  std::vector<tcp_socket> clients;
  for (int i = 0; i < 30; ++i) clients.emplace_back(own).connect(where);
  threads.run();
  EXPECT_EQ(accepted, 30);
  all->clear();
}

}  // namespace
}  // namespace anytls::net
