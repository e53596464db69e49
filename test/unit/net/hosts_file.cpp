#include "net/hosts_file.h"

#include <gmock/gmock.h>

#include <boost/asio/ip/address.hpp>

#include <unistd.h>
#include <cstdio>
#include <fstream>

namespace anytls::net {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> find(const hosts_table& t, const std::string& name,
                              address_family f = address_family::any) {
  std::vector<std::string> out;
  for (const auto& a : t.find(name, f)) out.push_back(a.to_string());
  return out;
}

TEST(hosts_file, reads_names_aliases_and_comments) {
  const auto t = hosts_table::parse(
      "# head\n192.0.2.1\tOne.Example  uno # tail\r\n\n2001:db8::1 one.example\nnonsense "
      "here\n192.0.2.2 last");
  EXPECT_THAT(find(t, "one.example"), ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_THAT(find(t, "one.example", address_family::ipv6), ElementsAre("2001:db8::1"));
  EXPECT_THAT(find(t, "uno"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(find(t, "last"), ElementsAre("192.0.2.2"));
  EXPECT_FALSE(t.knows("here"));
  EXPECT_FALSE(t.knows("tail"));
  EXPECT_FALSE(t.knows(""));
}

TEST(hosts_file, localhost_is_loopback_without_a_file) {
  const hosts_table t;
  EXPECT_THAT(find(t, "localhost"), ElementsAre("::1", "127.0.0.1"));
  EXPECT_THAT(find(t, "app.localhost", address_family::ipv4), ElementsAre("127.0.0.1"));
  EXPECT_FALSE(t.knows("notlocalhost"));
}

TEST(hosts_file, localhost_cannot_be_pointed_elsewhere) {
  EXPECT_THAT(find(hosts_table::parse("192.0.2.1 localhost"), "localhost"),
              ElementsAre("::1", "127.0.0.1"));
}

TEST(hosts_file, canonical_names) {
  EXPECT_EQ(canonical_name("ExAmple.COM."), "example.com");
  EXPECT_EQ(canonical_name("bücher.Example"), "bücher.example");
  EXPECT_EQ(canonical_name(""), "");
}

TEST(hosts_file, is_read_again_when_it_changes) {
  char path[] = "/tmp/anytls-hosts-XXXXXX";
  const int fd = ::mkstemp(path);
  ASSERT_GE(fd, 0);
  ::close(fd);
  const auto write = [&](const char* text) { std::ofstream(path, std::ios::trunc) << text; };
  hosts_file hosts(path);
  time_point now{1h};

  write("192.0.2.1 one\n");
  EXPECT_TRUE(hosts.table(now).knows("one"));
  write("192.0.2.1 one two\n");
  EXPECT_FALSE(hosts.table(now + 1s).knows("two")) << "looked at too often";
  EXPECT_TRUE(hosts.table(now + 6s).knows("two"));
  ::unlink(path);
  EXPECT_FALSE(hosts.table(now + 12s).knows("one"));
}

}  // namespace
}  // namespace anytls::net
