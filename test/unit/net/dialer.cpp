#include "net/dialer.h"

#include "black_hole.h"
#include "fake_dns.h"
#include "run_task.h"

#include <gmock/gmock.h>

namespace anytls::net {
namespace {

using protocol::address;
using test::type_a;
using test::type_aaaa;

struct dialer_test : ::testing::Test {
  asio::io_context context{1};
  test::fake_dns dns{context};
  resolver names{context,
                 {.servers = dns.server(), .hosts_path = "", .attempt_timeout = 2s, .attempts = 1}};
  dialer dial{context, names};
  tcp_acceptor target{context, {asio::ip::make_address("127.0.0.1"), 0}};
  std::uint16_t port = target.local_endpoint().port();

  result<tcp_socket> connect(const std::string& host, std::uint16_t to, dial_options options = {}) {
    return test::run_task(context, dial.connect(address::from_host(host, to), std::move(options)));
  }
};

TEST_F(dialer_test, numeric_targets) {
  EXPECT_TRUE(connect("127.0.0.1", port));
  EXPECT_TRUE(connect("::ffff:127.0.0.1", port)) << "an IPv4-mapped address is IPv4";
  EXPECT_TRUE(dns.asked.empty());
}

TEST_F(dialer_test, ipv6_target) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  tcp_acceptor six(context, {asio::ip::make_address("::1"), 0});
  EXPECT_TRUE(connect("::1", six.local_endpoint().port()));
  EXPECT_TRUE(connect("[::1]", six.local_endpoint().port()));
}

TEST_F(dialer_test, names) {
  dns.set("one.test", type_a, {.found = {"127.0.0.1"}});
  dns.set("one.test", type_aaaa, {});
  EXPECT_TRUE(connect("one.test", port));
  EXPECT_TRUE(connect("localhost", port));
}

TEST_F(dialer_test, a_family_where_nobody_listens_is_passed_over) {
  dns.set("both.test", type_a, {.found = {"127.0.0.1"}});
  dns.set("both.test", type_aaaa, {.found = {"::1"}});
  auto s = connect("both.test", port);
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->remote_endpoint().address().is_v4());
}

TEST_F(dialer_test, errors_name_the_cause) {
  dns.set("refused.test", type_a, {.found = {"127.0.0.2", "127.0.0.3"}});
  dns.set("refused.test", type_aaaa, {});
  EXPECT_EQ(connect("refused.test", test::refusing("127.0.0.2").port()).error(),
            asio::error::connection_refused);
  EXPECT_EQ(connect("missing.test", port).error(), errc::name_not_found);
  EXPECT_EQ(connect("127.0.0.1", port, {.prefer = family_strategy::ipv6_only}).error(),
            errc::no_address);
  EXPECT_EQ(connect("refused.test", port, {.prefer = family_strategy::ipv6_only}).error(),
            errc::no_address);
}

TEST_F(dialer_test, the_timeout_covers_resolution_and_connecting) {
  dns.set("silent.test", type_a, {.silent = true});
  dns.set("silent.test", type_aaaa, {.silent = true});
  const auto begin = clock::now();
  EXPECT_EQ(connect("silent.test", port, {.connect_timeout = 100ms}).error(),
            errc::name_resolution_failed);
  EXPECT_LT(clock::now() - begin, 1s);

  test::black_hole hole;
  if (!hole.works()) GTEST_SKIP();
  EXPECT_EQ(connect("127.0.0.1", hole.where().port(), {.connect_timeout = 100ms}).error(),
            errc::connect_timeout);
}

TEST_F(dialer_test, the_filter_sees_the_resolved_address) {
  dns.set("rebound.test", type_a, {.found = {"127.0.0.1"}});
  dns.set("rebound.test", type_aaaa, {});
  dial_options no_loopback;
  no_loopback.allow = [](const asio::ip::address& a) { return !a.is_loopback(); };
  EXPECT_EQ(connect("rebound.test", port, no_loopback).error(), errc::blocked);
  EXPECT_EQ(connect("127.0.0.1", port, no_loopback).error(), errc::blocked);
  EXPECT_EQ(connect("::ffff:127.0.0.1", port, no_loopback).error(), errc::blocked);
  EXPECT_EQ(connect("localhost", port, no_loopback).error(), errc::blocked);
}

TEST(dial_candidates, refused_addresses_are_left_out) {
  dial_options o;
  o.allow = [](const asio::ip::address& a) { return a.is_v4(); };
  const auto c = dial_candidates(
      {asio::ip::make_address("2001:db8::1"), asio::ip::make_address("192.0.2.1")}, 443, o);
  ASSERT_TRUE(c);
  EXPECT_THAT(*c, ::testing::ElementsAre(tcp::endpoint(asio::ip::make_address("192.0.2.1"), 443)));
}

TEST(dial_candidates, a_name_with_hundreds_of_addresses_is_cut) {
  addresses many;
  for (std::uint32_t i = 0; i < 300; ++i) many.push_back(asio::ip::address_v4(0xc0000200 + i));
  EXPECT_EQ(dial_candidates(many, 443, {})->size(), 16u);
}

}  // namespace
}  // namespace anytls::net
