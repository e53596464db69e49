// What resolver::ech_configs() asks, keeps and says.
#include "fake_dns.h"
#include "net/resolver.h"
#include "run_task.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace anytls::net {
namespace {

using test::dns_reply;
using test::type_https;
using ::testing::ElementsAre;

const bytes list{9, 8, 7};
const bytes record{0, 1, 0, 0, 5, 0, 3, 9, 8, 7};

struct https_lookup_test : ::testing::Test {
  asio::io_context context{1};
  test::fake_dns dns{context};
  std::unique_ptr<resolver> names = make();

  std::unique_ptr<resolver> make() {
    resolver_options o;
    o.servers = dns.server();
    o.attempts = 1;
    o.attempt_timeout = 10s;
    return std::make_unique<resolver>(context, o);
  }
  result<bytes> ask(std::string name, duration timeout = 10s) {
    return test::run_task(context, names->ech_configs(std::move(name), timeout));
  }
};

TEST_F(https_lookup_test, the_list_is_asked_for_once_while_its_ttl_lasts) {
  dns.set("ech.test", type_https, {.data = {record}});
  for (const auto* name : {"ech.test", "ECH.test", "ech.test."})
    EXPECT_EQ(ask(name).value(), list) << name;
  EXPECT_THAT(dns.asked, ElementsAre("ech.test/HTTPS"));
  names->clear_cache();
  EXPECT_EQ(ask("ech.test").value(), list);
  EXPECT_EQ(dns.asked.size(), 2u);
}

TEST_F(https_lookup_test, a_name_without_such_a_record_gives_an_empty_list) {
  dns.set("plain.test", type_https, {});
  dns.set("no-ech.test", type_https, {.data = {{0, 1, 0}}});
  for (const auto* name : {"plain.test", "no-ech.test", "missing.test"})
    EXPECT_EQ(ask(name).value(), bytes()) << name;
  const auto asked = dns.asked.size();
  EXPECT_EQ(ask("plain.test").value(), bytes());
  EXPECT_EQ(dns.asked.size(), asked);  // kept for a moment too
}

TEST_F(https_lookup_test, an_alias_is_followed_by_the_server) {
  dns.set("www.test", type_https, {.data = {record}, .alias = true});
  EXPECT_EQ(ask("www.test").value(), list);
}

TEST_F(https_lookup_test, failures_are_not_kept) {
  dns.set("bad.test", type_https, {.data = {{0, 1, 0, 0, 5, 0, 9, 1}}});
  EXPECT_EQ(ask("bad.test").error(), errc::name_resolution_failed);
  dns.set("bad.test", type_https, {.rcode = dns_reply::servfail});
  EXPECT_EQ(ask("bad.test").error(), errc::name_resolution_failed);
  dns.set("bad.test", type_https, {.data = {record}});
  EXPECT_EQ(ask("bad.test").value(), list);
}

TEST_F(https_lookup_test, a_server_that_is_silent_costs_the_timeout) {
  dns.set("silent.test", type_https, {.silent = true});
  EXPECT_EQ(ask("silent.test", 20ms).error(), errc::name_resolution_failed);
}

TEST_F(https_lookup_test, what_is_no_name_is_not_asked) {
  EXPECT_EQ(ask("").error(), errc::name_not_found);
  EXPECT_EQ(ask("a\\b.test").error(), errc::name_not_found);
  EXPECT_TRUE(dns.asked.empty());
}

TEST_F(https_lookup_test, calls_at_once_share_a_question) {
  dns.set("ech.test", type_https, {.data = {record}, .delay = 20ms});
  int done = 0;
  for (int i = 0; i < 10; ++i)
    asio::co_spawn(
        context,
        [&]() -> task<> {
          const auto got = co_await names->ech_configs("ech.test", 10s);
          EXPECT_TRUE(got && *got == list);
          ++done;
        },
        asio::detached);
  EXPECT_EQ(ask("ech.test").value(), list);
  context.restart();
  context.poll();
  EXPECT_EQ(done, 10);
  EXPECT_THAT(dns.asked, ElementsAre("ech.test/HTTPS"));
}

TEST_F(https_lookup_test, the_end_of_the_resolver_ends_what_waits) {
  dns.set("silent.test", type_https, {.silent = true});
  asio::post(context, [&] { asio::post(context, [&] { names.reset(); }); });
  EXPECT_EQ(ask("silent.test").error(), asio::error::operation_aborted);
}

}  // namespace
}  // namespace anytls::net
