#include "net/resolver.h"

#include "fake_dns.h"
#include "net/thread_resolver.h"
#include "run_task.h"

#include <gmock/gmock.h>

namespace anytls::net {
namespace {

using test::dns_reply;
using test::type_a;
using test::type_aaaa;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr auto any = address_family::any;

struct resolver_test : ::testing::Test {
  asio::io_context context{1};
  test::fake_dns dns{context};
  std::unique_ptr<resolver> names = make({});

  std::unique_ptr<resolver> make(resolver_options o) {
    if (o.servers.empty()) o.servers = dns.server();
    o.hosts_path.clear();
    o.attempts = 1;
    return std::make_unique<resolver>(context, o);
  }

  result<addresses> resolve(std::string name, address_family f = any, duration timeout = 5s) {
    return test::run_task(context, names->resolve(std::move(name), f, timeout));
  }
  std::vector<std::string> text(const result<addresses>& r) {
    std::vector<std::string> out;
    if (!r) return {r.error().message()};
    for (const auto& a : *r) out.push_back(a.to_string());
    return out;
  }
};

TEST_F(resolver_test, asks_both_families_and_returns_ipv6_first) {
  dns.set("both.test", type_a, {.found = {"192.0.2.1", "192.0.2.2"}});
  dns.set("both.test", type_aaaa, {.found = {"2001:db8::1"}});
  EXPECT_THAT(text(resolve("both.test")), ElementsAre("2001:db8::1", "192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(dns.asked, UnorderedElementsAre("both.test/A", "both.test/AAAA"));
}

TEST_F(resolver_test, one_family_is_one_question) {
  dns.set("both.test", type_a, {.found = {"192.0.2.1"}});
  EXPECT_THAT(text(resolve("both.test", address_family::ipv4)), ElementsAre("192.0.2.1"));
  EXPECT_THAT(dns.asked, ElementsAre("both.test/A"));
}

TEST_F(resolver_test, a_host_with_ipv4_only) {
  dns.set("four.test", type_a, {.found = {"192.0.2.1"}});
  dns.set("four.test", type_aaaa, {});
  EXPECT_THAT(text(resolve("four.test")), ElementsAre("192.0.2.1"));
  EXPECT_EQ(resolve("four.test", address_family::ipv6).error(), errc::no_address);
}

TEST_F(resolver_test, a_host_with_ipv6_only) {
  dns.set("six.test", type_a, {});
  dns.set("six.test", type_aaaa, {.found = {"2001:db8::1"}});
  EXPECT_THAT(text(resolve("six.test")), ElementsAre("2001:db8::1"));
  EXPECT_EQ(resolve("six.test", address_family::ipv4).error(), errc::no_address);
}

TEST_F(resolver_test, aliases_are_followed) {
  dns.set("www.test", type_a, {.found = {"192.0.2.1"}, .alias = true});
  dns.set("www.test", type_aaaa, {.alias = true});
  EXPECT_THAT(text(resolve("www.test")), ElementsAre("192.0.2.1"));
}

TEST_F(resolver_test, a_name_that_does_not_exist) {
  EXPECT_EQ(resolve("missing.test").error(), errc::name_not_found);
  EXPECT_EQ(resolve("missing.test").error(), errc::name_not_found);
  EXPECT_EQ(dns.asked.size(), 2u) << "the failure is kept for a while";
}

TEST_F(resolver_test, a_server_that_fails_is_asked_again) {
  dns.set("bad.test", type_a, {.rcode = dns_reply::servfail});
  dns.set("bad.test", type_aaaa, {.rcode = dns_reply::servfail});
  EXPECT_EQ(resolve("bad.test").error(), errc::name_resolution_failed);
  dns.set("bad.test", type_a, {.found = {"192.0.2.1"}});
  EXPECT_THAT(text(resolve("bad.test")), ElementsAre("192.0.2.1"));
}

TEST_F(resolver_test, a_silent_server) {
  dns.set("silent.test", type_a, {.silent = true});
  dns.set("silent.test", type_aaaa, {.silent = true});
  names = make({.attempt_timeout = 150ms});
  EXPECT_EQ(resolve("silent.test").error(), errc::name_resolution_failed);
}

TEST_F(resolver_test, the_callers_timeout_ends_only_the_call) {
  dns.set("slow.test", type_a, {.found = {"192.0.2.1"}, .delay = 150ms});
  dns.set("slow.test", type_aaaa, {.delay = 150ms});
  EXPECT_EQ(resolve("slow.test", any, 20ms).error(), errc::name_resolution_failed);
  EXPECT_THAT(text(resolve("slow.test")), ElementsAre("192.0.2.1"));
  EXPECT_EQ(dns.asked.size(), 2u) << "the second call joined the query of the first";
}

TEST_F(resolver_test, no_server_listens) {
  names = make({.servers = "127.0.0.1:1"});
  EXPECT_EQ(resolve("any.test").error(), errc::name_resolution_failed);
}

TEST_F(resolver_test, servers_that_cannot_be_read) {
  names = make({.servers = "not a server"});
  EXPECT_EQ(resolve("any.test").error(), errc::name_resolution_failed);
}

TEST_F(resolver_test, a_server_that_drops_aaaa_costs_little) {
  dns.set("four.test", type_a, {.found = {"192.0.2.1"}});
  dns.set("four.test", type_aaaa, {.silent = true});
  const auto begin = clock::now();
  EXPECT_THAT(text(resolve("four.test")), ElementsAre("192.0.2.1"));
  EXPECT_LT(clock::now() - begin, 1s);
}

TEST_F(resolver_test, a_family_that_comes_late_is_there_next_time) {
  dns.set("late.test", type_a, {.found = {"192.0.2.1"}});
  dns.set("late.test", type_aaaa, {.found = {"2001:db8::1"}, .delay = 400ms});
  EXPECT_THAT(text(resolve("late.test")), ElementsAre("192.0.2.1"));
  EXPECT_TRUE(test::run_until(context, [&] { return text(resolve("late.test")).size() == 2; }));
  EXPECT_EQ(dns.asked.size(), 2u);
}

TEST_F(resolver_test, concurrent_calls_share_one_query) {
  dns.set("shared.test", type_a, {.found = {"192.0.2.1"}, .delay = 20ms});
  dns.set("shared.test", type_aaaa, {.delay = 20ms});
  const auto a = test::start_task(context, names->resolve("shared.test", any, 5s));
  const auto b = test::start_task(context, names->resolve("SHARED.test", any, 5s));
  const auto c = test::start_task(context, names->resolve("shared.test.", any, 5s));
  EXPECT_TRUE(test::run_until(context, [&] { return *a && *b && *c; }));
  EXPECT_TRUE(a->value() && b->value() && c->value());
  EXPECT_EQ(dns.asked.size(), 2u);
  EXPECT_EQ(names->count().joined, 2u);
}

TEST_F(resolver_test, answers_are_cached) {
  dns.set("cached.test", type_a, {.found = {"192.0.2.1"}});
  dns.set("cached.test", type_aaaa, {});
  resolve("cached.test");
  EXPECT_THAT(text(resolve("CACHED.test")), ElementsAre("192.0.2.1"));
  EXPECT_EQ(dns.asked.size(), 2u);
  EXPECT_EQ(names->count().cached, 1u);
  names->clear_cache();
  resolve("cached.test");
  EXPECT_EQ(dns.asked.size(), 4u);
}

TEST_F(resolver_test, numbers_and_localhost_never_reach_a_server) {
  EXPECT_THAT(text(resolve("192.0.2.7")), ElementsAre("192.0.2.7"));
  EXPECT_THAT(text(resolve("[2001:db8::7]")), ElementsAre("2001:db8::7"));
  EXPECT_THAT(text(resolve("localhost")), ElementsAre("::1", "127.0.0.1"));
  EXPECT_THAT(text(resolve("LocalHost.", address_family::ipv4)), ElementsAre("127.0.0.1"));
  EXPECT_EQ(resolve("192.0.2.7", address_family::ipv6).error(), errc::no_address);
  EXPECT_THAT(dns.asked, IsEmpty());
}

TEST_F(resolver_test, names_that_cannot_be_asked_for_are_not_asked_for) {
  for (const auto& name : {std::string(), std::string("a\0.test", 7), std::string("a b.test"),
                           std::string("a\\046test"), std::string(300, 'a'),
                           std::string("two..dots.test"), std::string(64, 'a') + ".test"})
    EXPECT_EQ(resolve(name).error(), errc::name_not_found) << name;
  EXPECT_THAT(dns.asked, IsEmpty());
}

TEST_F(resolver_test, too_many_queries_at_once_fail) {
  names = make({.max_queries = 1});
  dns.set("one.test", type_a, {.found = {"192.0.2.1"}, .delay = 50ms});
  dns.set("one.test", type_aaaa, {.delay = 50ms});
  const auto first = test::start_task(context, names->resolve("one.test", any, 5s));
  EXPECT_EQ(resolve("two.test").error(), errc::name_resolution_failed);
  EXPECT_TRUE(test::run_until(context, [&] { return first->has_value(); }));
  EXPECT_TRUE(first->value());
}

TEST_F(resolver_test, local_names_without_a_query) {
  EXPECT_THAT(text(names->resolve_locally("localhost", address_family::ipv4)),
              ElementsAre("127.0.0.1"));
  EXPECT_EQ(names->resolve_locally("other.test", any).error(), errc::name_not_found);
}

TEST_F(resolver_test, nothing_keeps_the_context_busy_afterwards) {
  asio::io_context own{1};
  resolver r(own, {.servers = dns.server(), .hosts_path = ""});
  dns.set("a.test", type_a, {.found = {"192.0.2.1"}});
  dns.set("a.test", type_aaaa, {});
  const auto done = test::start_task(own, r.resolve("a.test", any, 5s));
  const auto deadline = clock::now() + 10s;
  while (!*done && clock::now() < deadline) {
    own.poll();
    context.run_one_for(1ms);
  }
  const auto begin = clock::now();
  own.run();
  EXPECT_LT(clock::now() - begin, 1s) << "a timer of a finished query is still waited for";
}

TEST_F(resolver_test, destruction_with_a_query_in_flight_ends_the_calls) {
  dns.set("silent.test", type_a, {.silent = true});
  dns.set("silent.test", type_aaaa, {.silent = true});
  const auto outcome = test::start_task(context, names->resolve("silent.test", any, 5s));
  EXPECT_TRUE(test::run_until(context, [&] { return dns.asked.size() == 2; }));
  names.reset();
  ASSERT_TRUE(test::run_until(context, [&] { return outcome->has_value(); }));
  EXPECT_EQ(outcome->value().error(), asio::error::operation_aborted);
}

TEST_F(resolver_test, destruction_before_the_call_is_resumed) {
  const auto outcome = test::start_task(context, names->resolve("any.test", any, 5s));
  names.reset();
  ASSERT_TRUE(test::run_until(context, [&] { return outcome->has_value(); }));
  EXPECT_EQ(outcome->value().error(), asio::error::operation_aborted);
}

TEST_F(resolver_test, the_context_may_end_with_a_call_in_flight) {
  dns.set("silent.test", type_a, {.silent = true});
  dns.set("silent.test", type_aaaa, {.silent = true});
  auto own = std::make_unique<asio::io_context>(1);
  auto r =
      std::make_unique<resolver>(*own, resolver_options{.servers = dns.server(), .hosts_path = ""});
  test::start_task(*own, r->resolve("silent.test", any, 5s));
  for (int i = 0; i < 5; ++i) own->poll();
  r.reset();
  own.reset();
}

TEST_F(resolver_test, the_resolver_of_a_thread_ends_with_its_context) {
  auto own = std::make_unique<asio::io_context>(1);
  test::start_task(*own, resolver_of(*own).resolve("unknown.invalid", any, 5s));
  for (int i = 0; i < 5; ++i) own->poll();
  own.reset();
}

}  // namespace
}  // namespace anytls::net
