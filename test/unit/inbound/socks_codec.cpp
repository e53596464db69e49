#include "inbound/socks_codec.h"

#include "unit/inbound/cut.h"

#include <gtest/gtest.h>

#include <boost/system/errc.hpp>

namespace anytls::inbound {
namespace {

using protocol::address;

const user_list nobody;
const user_list alice{{{"alice", "secret"}}};

bytes operator+(bytes a, const bytes& b) {
  append(a, b);
  return a;
}
bytes text(std::string_view s) { return {s.begin(), s.end()}; }

/// A conversation: what was sent back, how it ended, and what was left over.
struct outcome {
  bytes sent;
  socks_action last;
  bytes left;
  bool operator==(const outcome&) const = default;
};

/// Feeds `input` in the pieces that `cuts` makes of it, as the driver does.
outcome converse(const user_list& users, bytes_view input, const std::vector<std::size_t>& cuts) {
  socks_codec codec(users);
  outcome out;
  bytes unread;
  std::size_t at = 0, next_cut = 0;
  for (;;) {
    auto step = codec.next(unread);
    EXPECT_LE(step.used, unread.size());
    unread.erase(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(step.used));
    out.last = step.action;
    if (auto* send = std::get_if<socks_send>(&step.action)) {
      append(out.sent, send->data);
      continue;
    }
    if (!std::holds_alternative<socks_need_more>(step.action) || at == input.size()) break;
    const auto end = next_cut < cuts.size() ? cuts[next_cut++] : input.size();
    append(unread, input.subspan(at, end - at));
    at = end;
  }
  append(unread, input.subspan(at));
  out.left = unread;
  return out;
}

/// The same whatever the pieces are.
outcome converse(const user_list& users, const bytes& input) {
  const auto whole = converse(users, input, std::vector<std::size_t>{});
  for (const auto& cuts : every_cut(input.size())) EXPECT_EQ(converse(users, input, cuts), whole);
  return whole;
}

socks_action connects(address target, std::string user = {}) {
  return socks_connect{std::move(target), std::move(user)};
}
socks_action refuses(bytes reply, socks_refusal why) { return socks_refuse{std::move(reply), why}; }
bytes failed(std::uint8_t code) { return {5, code, 0, 1, 0, 0, 0, 0, 0, 0}; }

const bytes hello{5, 1, 0};
const bytes connect_ip{5, 1, 0, 1, 192, 0, 2, 1, 0, 80};

TEST(socks5, connects_to_an_address_and_leaves_early_data) {
  const auto got = converse(nobody, hello + connect_ip + text("GET /"));
  EXPECT_EQ(got.last, connects(address::from_ipv4({192, 0, 2, 1}, 80)));
  EXPECT_EQ(got.sent, (bytes{5, 0}));
  EXPECT_EQ(got.left, text("GET /"));
}

TEST(socks5, domain_and_ipv6) {
  EXPECT_EQ(
      converse(nobody, hello + bytes{5, 1, 0, 3, 11} + text("example.com") + bytes{1, 187}).last,
      connects(address::from_host("example.com", 443)));
  bytes v6{5, 1, 0, 4};
  v6.resize(4 + 15);
  EXPECT_EQ(converse(nobody, hello + v6 + bytes{1, 0, 80}).last,
            connects(address::from_host("::1", 80)));
}

TEST(socks5, domain_that_spells_an_address_is_one) {
  const auto got =
      converse(nobody, hello + bytes{5, 1, 0, 3, 9} + text("127.0.0.1") + bytes{0, 80});
  EXPECT_EQ(got.last, connects(address::from_ipv4({127, 0, 0, 1}, 80)));
}

TEST(socks5, longest_domain) {
  const auto got =
      converse(nobody, hello + bytes{5, 1, 0, 3, 255} + bytes(255, 'a') + bytes{0, 80});
  EXPECT_EQ(got.last, connects(address::from_host(std::string(255, 'a'), 80)));
}

TEST(socks5, user_and_password) {
  const bytes start{5, 2, 0, 2};
  const auto good =
      converse(alice, start + bytes{1, 5} + text("alice") + bytes{6} + text("secret") + connect_ip);
  EXPECT_EQ(good.last, connects(address::from_ipv4({192, 0, 2, 1}, 80), "alice"));
  EXPECT_EQ(good.sent, (bytes{5, 2, 1, 0}));

  const auto bad = converse(alice, start + bytes{1, 5} + text("alice") + bytes{6} + text("secreT"));
  EXPECT_EQ(bad.last, refuses({1, 1}, socks_refusal::wrong_user));
  const auto empty = converse(alice, start + bytes{1, 0, 0});
  EXPECT_EQ(empty.last, refuses({1, 1}, socks_refusal::wrong_user));
}

TEST(socks5, no_method_in_common) {
  EXPECT_EQ(converse(alice, hello).last, refuses({5, 0xff}, socks_refusal::no_method));
  EXPECT_EQ(converse(nobody, {5, 1, 1}).last, refuses({5, 0xff}, socks_refusal::no_method));
  EXPECT_EQ(converse(nobody, {5, 0}).last, refuses({5, 0xff}, socks_refusal::no_method));
}

TEST(socks5, any_password_where_nobody_needs_one) {
  const auto got = converse(nobody, bytes{5, 1, 2} + bytes{1, 1, 'x', 1, 'y'} + connect_ip);
  EXPECT_EQ(got.last, connects(address::from_ipv4({192, 0, 2, 1}, 80)));
}

TEST(socks5, bind_and_udp_associate_are_07) {
  for (std::uint8_t command : {2, 3, 0, 255}) {
    auto request = connect_ip;
    request[1] = command;
    EXPECT_EQ(converse(nobody, hello + request).last,
              refuses(failed(7), socks_refusal::unsupported_command));
  }
}

TEST(socks5, bad_addresses) {
  EXPECT_EQ(converse(nobody, hello + bytes{5, 1, 0, 2}).last,
            refuses(failed(8), socks_refusal::unsupported_address));
  EXPECT_EQ(converse(nobody, hello + bytes{5, 1, 0, 3, 0, 0, 80}).last,
            refuses(failed(1), socks_refusal::bad_address));
  EXPECT_EQ(converse(nobody, hello + bytes{5, 1, 0, 3, 2, 'a', '\n', 0, 80}).last,
            refuses(failed(1), socks_refusal::bad_address));
}

TEST(socks5, wrong_versions) {
  EXPECT_EQ(converse(nobody, {'G', 'E', 'T'}).last, refuses({}, socks_refusal::not_socks));
  EXPECT_EQ(converse(nobody, hello + bytes{4}).last, refuses(failed(1), socks_refusal::not_socks));
  EXPECT_EQ(converse(alice, {5, 1, 2, 5}).last, refuses({1, 1}, socks_refusal::not_socks));
}

TEST(socks4, connects) {
  const auto got =
      converse(nobody, bytes{4, 1, 0, 80, 192, 0, 2, 1} + text("me") + bytes{0} + text("data"));
  EXPECT_EQ(got.last, connects(address::from_ipv4({192, 0, 2, 1}, 80)));
  EXPECT_EQ(got.left, text("data"));
}

TEST(socks4, a_domain_of_4a) {
  const bytes start{4, 1, 1, 187, 0, 0, 0, 1};
  EXPECT_EQ(converse(nobody, start + bytes{0} + text("example.com") + bytes{0}).last,
            connects(address::from_host("example.com", 443)));
  EXPECT_EQ(converse(nobody, start + bytes(255, 'u') + bytes{0} + bytes(255, 'd') + bytes{0}).last,
            connects(address::from_host(std::string(255, 'd'), 443)));
  EXPECT_EQ(converse(nobody, start + bytes{0} + text("192.0.2.1") + bytes{0}).last,
            connects(address::from_ipv4({192, 0, 2, 1}, 443)));
}

TEST(socks4, limits) {
  const bytes start{4, 1, 1, 187, 0, 0, 0, 1};
  const bytes no(bytes{0, 0x5b, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(converse(nobody, start + bytes(256, 'u')).last,
            refuses(no, socks_refusal::user_id_too_long));
  EXPECT_EQ(converse(nobody, start + bytes{0} + bytes(256, 'd')).last,
            refuses(no, socks_refusal::bad_address));
  EXPECT_EQ(converse(nobody, start + bytes{0, 0}).last, refuses(no, socks_refusal::bad_address));
  EXPECT_EQ(converse(nobody, start + bytes{0, 'a', '\n', 0}).last,
            refuses(no, socks_refusal::bad_address));
}

TEST(socks4, bind_is_refused) {
  EXPECT_EQ(converse(nobody, {4, 2, 0, 80, 192, 0, 2, 1, 0}).last,
            refuses({0, 0x5b, 0, 0, 0, 0, 0, 0}, socks_refusal::unsupported_command));
}

TEST(socks4, cannot_say_who_it_is) {
  EXPECT_EQ(converse(alice, {4, 1, 0, 80, 192, 0, 2, 1, 'a', 0}).last,
            refuses({0, 0x5d, 0, 0, 0, 0, 0, 0}, socks_refusal::users_required));
}

TEST(socks, answers) {
  namespace sys = boost::system::errc;
  EXPECT_EQ(socks_success(socks_version::v5), failed(0));
  EXPECT_EQ(socks_success(socks_version::v4), (bytes{0, 0x5a, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(socks_failure(socks_version::v4, errc::blocked), (bytes{0, 0x5b, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(socks5_code(errc::blocked), 2);
  EXPECT_EQ(socks5_code(make_error_code(sys::network_unreachable)), 3);
  EXPECT_EQ(socks5_code(errc::name_not_found), 4);
  EXPECT_EQ(socks5_code(errc::target_unreachable), 4);
  EXPECT_EQ(socks5_code(make_error_code(sys::host_unreachable)), 4);
  EXPECT_EQ(socks5_code(errc::target_refused), 5);
  EXPECT_EQ(socks5_code(make_error_code(sys::connection_refused)), 5);
  EXPECT_EQ(socks5_code(errc::connect_timeout), 6);
  EXPECT_EQ(socks5_code(make_error_code(sys::timed_out)), 6);
  EXPECT_EQ(socks5_code(errc::session_closed), 1);
}

}  // namespace
}  // namespace anytls::inbound
