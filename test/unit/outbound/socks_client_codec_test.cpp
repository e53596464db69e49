#include "outbound/socks_client_codec.h"

#include "unit/outbound/conversation.h"

namespace anytls::outbound {
namespace {

using namespace std::string_literals;
using protocol::address;

const proxy_action done = proxy_done{}, more = proxy_need_more{};
const auto name = address::from_host("example.com", 443);
const auto ipv4 = address::from_host("192.0.2.1", 80);
const auto ipv6 = address::from_host("2001:db8::1", 80);
const std::string reply_v5 = "\5\0\0\1\0\0\0\0\0\0"s;

make_codec v5(socks_login login = {}, address target = name) {
  return [=] { return std::make_unique<socks_client_codec>(socks_version::v5, login, target); };
}
make_codec v4(socks_version version, address target, std::string user = {}) {
  return
      [=] { return std::make_unique<socks_client_codec>(version, socks_login{user, {}}, target); };
}

TEST(SocksClientCodec, AsksForANameWithoutAPassword) {
  const auto got = converse(v5(), "\5\0"s + reply_v5);
  EXPECT_EQ(got.hello, "\5\1\0"s);
  EXPECT_EQ(got.sent, "\5\1\0\3\13example.com\1\xbb"s);
  EXPECT_EQ(got.last, done);
}

TEST(SocksClientCodec, SendsThePasswordOnlyWhereTheProxyWantsIt) {
  const auto wanted = converse(v5({"alice", "secret"}, ipv4), "\5\2\1\0"s + reply_v5);
  EXPECT_EQ(wanted.hello, "\5\2\0\2"s);
  EXPECT_EQ(wanted.sent, "\1\5alice\6secret"s + "\5\1\0\1\xc0\0\2\1\0\x50"s);
  EXPECT_EQ(wanted.last, done);
  const auto open = converse(v5({"alice", "secret"}, ipv4), "\5\0"s + reply_v5);
  EXPECT_EQ(open.sent, "\5\1\0\1\xc0\0\2\1\0\x50"s);
  EXPECT_EQ(open.last, done);
}

TEST(SocksClientCodec, LeavesWhatTheTargetSaysFirst) {
  for (const auto& bound :
       {"\1\0\0\0\0\0\0"s, "\3\4name\0\0"s, "\3\0\0\0"s, "\4" + std::string(16, 'x') + "\0\0"s}) {
    const auto got = converse(v5(), "\5\0\5\0\0"s + bound + "220 hello"s);
    EXPECT_EQ(got.last, done) << bound;
    EXPECT_EQ(got.left, "220 hello") << bound;
  }
}

TEST(SocksClientCodec, SaysWhyTheProxyRefuses) {
  const std::pair<char, errc> reasons[] = {{1, errc::proxy_failed},
                                           {2, errc::proxy_forbidden},
                                           {3, errc::proxy_target_unreachable},
                                           {4, errc::proxy_target_unreachable},
                                           {5, errc::proxy_target_refused},
                                           {6, errc::proxy_timeout},
                                           {7, errc::proxy_forbidden},
                                           {8, errc::proxy_failed},
                                           {99, errc::proxy_failed}};
  // The refusal may end before the address that belongs to it.
  for (const auto& [code, why] : reasons)
    EXPECT_EQ(converse(v5(), "\5\0\5"s + code).last, refusal(why)) << int{code};
}

TEST(SocksClientCodec, SaysWhatIsWrongWithThePassword) {
  const socks_login login{"alice", "wrong"};
  EXPECT_EQ(converse(v5(login), "\5\2\1\1"s).last, refusal(errc::proxy_wrong_password));
  EXPECT_EQ(converse(v5(), "\5\xff"s).last, refusal(errc::proxy_needs_password));
  EXPECT_EQ(converse(v5(login), "\5\xff"s).last, refusal(errc::proxy_forbidden));
  EXPECT_EQ(converse(v5(), "\5\2"s).last, refusal(errc::not_a_proxy)) << "was not offered";
}

TEST(SocksClientCodec, NoticesAtTheFirstByteThatThereIsNoSuchProxy) {
  EXPECT_EQ(converse(v5(), "H"s).last, refusal(errc::not_a_proxy));
  EXPECT_EQ(converse(v5({"a", "b"}), "\5\2H"s).last, refusal(errc::not_a_proxy));
  EXPECT_EQ(converse(v5(), "\5\0H"s).last, refusal(errc::not_a_proxy));
  EXPECT_EQ(converse(v5(), "\5\0\5\0\0\7x"s).last, refusal(errc::not_a_proxy)) << "address type";
  EXPECT_EQ(converse(v4(socks_version::v4, ipv4), "\5"s).last, refusal(errc::not_a_proxy));
}

TEST(SocksClientCodec, WaitsForAllOfAnAnswer) {
  for (const auto& part : {""s, "\5"s, "\5\0"s, "\5\0\5\0\0\3\4name\0"s})
    EXPECT_EQ(converse(v5(), part).last, more);
  EXPECT_EQ(converse(v4(socks_version::v4, ipv4), "\0\x5a\0\0\0\0\0"s).last, more);
}

TEST(SocksClientCodec, Version4KnowsAddressesAnd4aNames) {
  const auto numeric = converse(v4(socks_version::v4, ipv4, "bob"), "\0\x5a\0\0\0\0\0\0late"s);
  EXPECT_EQ(numeric.hello, "\4\1\0\x50\xc0\0\2\1bob\0"s);
  EXPECT_EQ(numeric.last, done);
  EXPECT_EQ(numeric.left, "late");
  const auto named = converse(v4(socks_version::v4a, name), "\0\x5a\0\0\0\0\0\0"s);
  EXPECT_EQ(named.hello, "\4\1\1\xbb\0\0\0\1\0example.com\0"s);
  EXPECT_EQ(named.last, done);
  EXPECT_EQ(converse(v4(socks_version::v4, ipv4), "\0\x5b\0\0\0\0\0\0"s).last,
            refusal(errc::proxy_failed));
  EXPECT_EQ(converse(v4(socks_version::v4, ipv4), "\0\x5d\0\0\0\0\0\0"s).last,
            refusal(errc::proxy_wrong_password));
}

TEST(SocksClientCodec, KnowsWhatAVersionCannotName) {
  EXPECT_TRUE(socks_client_codec::fits(socks_version::v5, ipv6));
  EXPECT_TRUE(socks_client_codec::fits(socks_version::v5, name));
  EXPECT_TRUE(socks_client_codec::fits(socks_version::v4a, name));
  EXPECT_FALSE(socks_client_codec::fits(socks_version::v4a, ipv6));
  EXPECT_FALSE(socks_client_codec::fits(socks_version::v4, name));
  auto long_name = name;
  long_name.domain.assign(256, 'a');
  EXPECT_FALSE(socks_client_codec::fits(socks_version::v5, long_name));
}

}  // namespace
}  // namespace anytls::outbound
