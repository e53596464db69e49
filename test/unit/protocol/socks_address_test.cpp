#include "protocol/socks_address.h"

#include <gtest/gtest.h>

namespace anytls::protocol {
namespace {

bytes encode(const address& a) {
  bytes out;
  append_socks_address(out, a);
  return out;
}

using kind = enum address::kind;

TEST(socks_address, ipv4_vector) {
  const auto a = address::from_host("192.0.2.1", 443);
  EXPECT_EQ(a.kind, kind::ipv4);
  EXPECT_EQ(to_hex(encode(a)), "01c000020101bb");
}

TEST(socks_address, ipv6_vector) {
  const auto a = address::from_host("2001:db8::1", 53);
  EXPECT_EQ(a.kind, kind::ipv6);
  EXPECT_EQ(to_hex(encode(a)), "0420010db80000000000000000000000010035");
}

TEST(socks_address, domain_vector) {
  const auto a = address::from_host("example.org", 80);
  EXPECT_EQ(a.kind, kind::domain);
  EXPECT_EQ(to_hex(encode(a)), "030b6578616d706c652e6f72670050");
}

TEST(socks_address, reads_what_it_wrote_and_leaves_the_payload) {
  for (const char* host : {"192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "::ffff:192.0.2.1", "a",
                           "example.org", "m\xc3\xbcnchen.example"}) {
    const auto a = address::from_host(host, 65535);
    auto wire = encode(a);
    const auto size = wire.size();
    append(wire, as_bytes("payload"));
    const auto p = parse_socks_address(wire);
    ASSERT_TRUE(p && *p) << host;
    EXPECT_EQ((*p)->value, a);
    EXPECT_EQ((*p)->size, size);
    EXPECT_EQ((*p)->value.host(), host);
  }
}

TEST(socks_address, needs_more_at_every_cut) {
  for (const char* host : {"192.0.2.1", "2001:db8::1", "example.org"}) {
    const auto wire = encode(address::from_host(host, 1));
    for (std::size_t cut = 0; cut < wire.size(); ++cut) {
      const auto p = parse_socks_address(bytes_view(wire).first(cut));
      ASSERT_TRUE(p.has_value());
      EXPECT_FALSE(p->has_value()) << host << " at " << cut;
    }
  }
}

TEST(socks_address, refuses_an_unknown_type_at_its_first_byte) {
  for (int type = 0; type < 256; ++type) {
    if (type == 1 || type == 3 || type == 4) continue;
    const bytes wire{static_cast<std::uint8_t>(type)};
    const auto p = parse_socks_address(wire);
    ASSERT_FALSE(p.has_value()) << type;
    EXPECT_EQ(p.error(), errc::protocol_error);
  }
}

TEST(socks_address, refuses_an_empty_domain) {
  EXPECT_FALSE(parse_socks_address(bytes{3, 0}).has_value());
}

TEST(socks_address, refuses_a_domain_that_could_forge_log_lines) {
  for (const std::string& domain :
       {std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"), std::string("\x1b[2J")}) {
    bytes wire{3, static_cast<std::uint8_t>(domain.size())};
    append(wire, as_bytes(domain));
    append(wire, bytes{0, 80});
    EXPECT_FALSE(parse_socks_address(wire).has_value());
  }
}

TEST(socks_address, the_longest_domain_fits) {
  const auto a = address::from_host(std::string(255, 'a'), 1);
  EXPECT_TRUE(a.encodable());
  const auto wire = encode(a);
  EXPECT_EQ(wire.size(), max_socks_address);
  EXPECT_EQ((*parse_socks_address(wire))->value, a);
}

// "good.example" + 250 bytes must not reach another host by being cut.
TEST(socks_address, a_domain_that_does_not_fit_is_written_so_that_servers_refuse_it) {
  for (const std::string& domain : {std::string(256, 'a'), std::string(), std::string("a\nb")}) {
    const auto a = address::from_host(domain, 1);
    EXPECT_FALSE(a.encodable());
    const auto wire = encode(a);
    EXPECT_EQ(to_hex(wire), "03000001");
    EXPECT_FALSE(parse_socks_address(wire).has_value());
  }
}

TEST(socks_address, brackets_belong_to_ipv6_only) {
  EXPECT_EQ(address::from_host("[::1]", 1), address::from_host("::1", 1));
  EXPECT_EQ(address::from_host("[192.0.2.1]", 1).kind, kind::domain);
  EXPECT_EQ(address::from_host("[]", 1).kind, kind::domain);
  EXPECT_EQ(address::from_host("[[::1]]", 1).kind, kind::domain);
}

TEST(socks_address, only_strict_ip_literals_are_ip_addresses) {
  for (const char* host : {"192.0.2", "0x7f.0.0.1", "192.0.2.256", "1", "::g", "fe80::1%eth0", ""})
    EXPECT_EQ(address::from_host(host, 1).kind, kind::domain) << host;
  EXPECT_EQ(address::from_host(std::string_view("::1\0x", 5), 1).kind, kind::domain);
}

TEST(socks_address, a_mapped_address_stays_ipv6) {
  const auto a = address::from_host("::ffff:192.0.2.1", 1);
  EXPECT_EQ(a.kind, kind::ipv6);
  EXPECT_EQ(a.host(), "::ffff:192.0.2.1");
}

TEST(socks_address, text_has_brackets_around_ipv6) {
  EXPECT_EQ(address::from_host("192.0.2.1", 80).to_string(), "192.0.2.1:80");
  EXPECT_EQ(address::from_host("2001:DB8::1", 80).to_string(), "[2001:db8::1]:80");
  EXPECT_EQ(address::from_host("example.org", 0).to_string(), "example.org:0");
}

TEST(socks_address, a_domain_that_spells_an_ip_address_stays_a_domain) {
  bytes wire{3, 9};
  append(wire, as_bytes("127.0.0.1"));
  append(wire, bytes{0, 80});
  EXPECT_EQ((*parse_socks_address(wire))->value.kind, kind::domain);
}

}  // namespace
}  // namespace anytls::protocol
