#include "protocol/udp_over_tcp.h"

#include <gtest/gtest.h>

namespace anytls::protocol {
namespace {

const auto dns = address::from_host("192.0.2.53", 53);

TEST(udp_over_tcp, knows_the_magic_domains) {
  EXPECT_EQ(uot_version_of(address::from_host("sp.v2.udp-over-tcp.arpa", 0)), uot_version::v2);
  EXPECT_EQ(uot_version_of(address::from_host("sp.udp-over-tcp.arpa", 0)), uot_version::v1);
  EXPECT_EQ(uot_version_of(address::from_host("udp-over-tcp.arpa", 0)), uot_version::none);
  EXPECT_EQ(uot_version_of(dns), uot_version::none);
  EXPECT_EQ(uot_target().to_string(), "sp.v2.udp-over-tcp.arpa:0");
}

TEST(udp_over_tcp, request_vectors) {
  bytes out;
  append_uot_request(out, {true, dns});
  EXPECT_EQ(to_hex(out), "0101c00002350035");
  out.clear();
  append_uot_request(out, {false, address::from_host("a", 1)});
  EXPECT_EQ(to_hex(out), "000301610001");
}

TEST(udp_over_tcp, request_reads_back_and_needs_more_at_every_cut) {
  for (const bool is_connect : {true, false}) {
    for (const char* host : {"192.0.2.1", "2001:db8::1", "example.org"}) {
      const uot_request request{is_connect, address::from_host(host, 7)};
      bytes wire;
      append_uot_request(wire, request);
      const auto size = wire.size();
      for (std::size_t cut = 0; cut < size; ++cut) {
        const auto p = parse_uot_request(bytes_view(wire).first(cut));
        ASSERT_TRUE(p.has_value());
        EXPECT_FALSE(p->has_value());
      }
      append(wire, as_bytes("rest"));
      const auto p = parse_uot_request(wire);
      ASSERT_TRUE(p && *p);
      EXPECT_EQ((*p)->value, request);
      EXPECT_EQ((*p)->size, size);
    }
  }
}

TEST(udp_over_tcp, request_refuses_other_flags_and_malformed_addresses) {
  EXPECT_EQ(parse_uot_request(bytes{2}).error(), errc::protocol_error);
  EXPECT_EQ(parse_uot_request(bytes{1, 2}).error(), errc::protocol_error);
  EXPECT_EQ(parse_uot_request(bytes{0, 3, 0}).error(), errc::protocol_error);
}

TEST(udp_over_tcp, connect_packet_is_length_and_data) {
  bytes out;
  EXPECT_TRUE(append_uot_packet(out, as_bytes("hi")));
  EXPECT_EQ(to_hex(out), "00026869");
}

TEST(udp_over_tcp, addressed_packet_has_other_type_numbers_than_socks) {
  bytes out;
  EXPECT_TRUE(append_uot_packet(out, dns, as_bytes("hi")));
  EXPECT_EQ(to_hex(out), "00c0000235003500026869");
  out.clear();
  EXPECT_TRUE(append_uot_packet(out, address::from_host("::1", 1), {}));
  EXPECT_EQ(to_hex(out), "010000000000000000000000000000000100010000");
  out.clear();
  EXPECT_TRUE(append_uot_packet(out, address::from_host("a", 1), as_bytes("x")));
  EXPECT_EQ(to_hex(out), "0201610001000178");
}

TEST(udp_over_tcp, packets_read_back_and_need_more_at_every_cut) {
  for (const char* host : {"", "192.0.2.1", "2001:db8::1", "example.org"}) {
    const bool is_connect = *host == '\0';
    const auto peer = address::from_host(host, 9);
    bytes wire;
    ASSERT_TRUE(is_connect ? append_uot_packet(wire, as_bytes("data"))
                           : append_uot_packet(wire, peer, as_bytes("data")));
    const auto size = wire.size();
    for (std::size_t cut = 0; cut < size; ++cut) {
      const auto p = parse_uot_packet(bytes_view(wire).first(cut), is_connect);
      ASSERT_TRUE(p.has_value());
      EXPECT_FALSE(p->has_value());
    }
    append(wire, as_bytes("next"));
    const auto p = parse_uot_packet(wire, is_connect);
    ASSERT_TRUE(p && *p);
    EXPECT_EQ(as_text((*p)->data), "data");
    EXPECT_EQ((*p)->size, size);
    EXPECT_EQ((*p)->peer.has_value(), !is_connect);
    EXPECT_EQ((*p)->peer.value_or(peer), peer);
  }
}

TEST(udp_over_tcp, an_empty_datagram_is_a_packet) {
  const auto p = parse_uot_packet(bytes{0, 0}, true);
  ASSERT_TRUE(p && *p);
  EXPECT_TRUE((*p)->data.empty());
  EXPECT_EQ((*p)->size, 2u);
}

TEST(udp_over_tcp, what_no_packet_can_carry_is_not_written) {
  bytes out;
  EXPECT_TRUE(append_uot_packet(out, bytes(65535)));
  out.clear();
  EXPECT_FALSE(append_uot_packet(out, bytes(65536)));
  EXPECT_FALSE(append_uot_packet(out, dns, bytes(65536)));
  EXPECT_FALSE(append_uot_packet(out, address::from_host(std::string(256, 'a'), 1), {}));
  EXPECT_TRUE(out.empty());
}

TEST(udp_over_tcp, a_malformed_packet_address_is_an_error) {
  EXPECT_FALSE(parse_uot_packet(bytes{3}, false).has_value());
  EXPECT_FALSE(parse_uot_packet(bytes{2, 0}, false).has_value());
}

}  // namespace
}  // namespace anytls::protocol
