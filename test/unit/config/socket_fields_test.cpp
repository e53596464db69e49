#include "texts.h"

namespace anytls::config {
namespace {

const outbound& only(const config& c) { return c.outbounds.at(0); }

TEST(dial_fields, each_is_read_from_json) {
  const auto c = must_load(json_outbound(R"(
    "bind_interface": "eth1", "inet4_bind_address": "192.0.2.7", "inet6_bind_address": "2001:db8::7",
    "bind_address_no_port": true, "routing_mark": 4660, "reuse_addr": true, "netns": "vpn",
    "connect_timeout": "3s", "tcp_fast_open": true, "tcp_multi_path": true, "disable_tcp_keep_alive": true,
    "tcp_keep_alive": "5m", "tcp_keep_alive_interval": "75s", "tcp_keep_alive_count": 9,
    "fallback_delay": "300ms", "domain_strategy": "prefer_ipv4")"));
  const auto& d = only(c).dial;
  EXPECT_EQ(d.socket.interface, "eth1");
  EXPECT_EQ(d.ipv4_source, "192.0.2.7");
  EXPECT_EQ(d.ipv6_source, "2001:db8::7");
  EXPECT_TRUE(d.source_without_port);
  EXPECT_EQ(d.socket.routing_mark, 4660u);
  EXPECT_TRUE(d.socket.reuse_address);
  EXPECT_EQ(d.socket.network_namespace, "vpn");
  EXPECT_EQ(d.connect_timeout, 3s);
  EXPECT_EQ(d.socket.fast_open, true);
  EXPECT_EQ(d.socket.multi_path, true);
  EXPECT_EQ(d.socket.keep_alive.disabled, true);
  EXPECT_EQ(d.socket.keep_alive.idle, 5min);
  EXPECT_EQ(d.socket.keep_alive.interval, 75s);
  EXPECT_EQ(d.socket.keep_alive.count, 9u);
  EXPECT_EQ(d.fallback_delay, 300ms);
  EXPECT_EQ(d.strategy, domain_strategy::prefer_ipv4);
}

TEST(dial_fields, what_is_off_is_as_if_it_were_not_there) {
  const auto text = json_outbound(R"(
    "bind_interface": "", "inet4_bind_address": "", "inet6_bind_address": "", "routing_mark": 0, "netns": "",
    "connect_timeout": "", "tcp_keep_alive": "0s", "tcp_keep_alive_interval": "", "tcp_keep_alive_count": 0,
    "fallback_delay": "0s", "domain_resolver": "", "network_strategy": "", "network_type": [],
    "fallback_network_type": [], "udp_fragment": false)");
  EXPECT_EQ(json_errors(text), lines{});
  EXPECT_EQ(json_warnings(text), lines{});
  const auto c = must_load(text);
  const auto& d = only(c).dial;
  EXPECT_EQ(d.connect_timeout, 5s);
  EXPECT_FALSE(d.socket.keep_alive.idle);
  EXPECT_FALSE(d.socket.keep_alive.interval);
  EXPECT_FALSE(d.socket.keep_alive.count);
  EXPECT_FALSE(d.fallback_delay);
}

TEST(dial_fields, a_mark_may_be_hexadecimal) {
  const auto c = must_load(json_outbound(R"("routing_mark": "0x1234")"));
  EXPECT_EQ(only(c).dial.socket.routing_mark, 0x1234u);
  const auto yaml = must_load(yaml_proxy("  routing-mark: 0x1234\n"));
  EXPECT_EQ(only(yaml).dial.socket.routing_mark, 0x1234u);
}

TEST(dial_fields, keep_alive_times_are_rounded_up_to_seconds) {
  const auto c = must_load(json_outbound(R"("tcp_keep_alive": "1500ms")"));
  EXPECT_EQ(only(c).dial.socket.keep_alive.idle, 2s);
}

TEST(dial_fields, mistakes_in_json) {
  const std::pair<const char*, const char*> table[] = {
      {R"("bind_interface": "eth0:1")",
       R"(bind_interface: "eth0:1" is not the name of a network interface (as `ip link` shows it))"},
      {R"("bind_interface": "a-name-of-16-chr")",
       R"(bind_interface: "a-name-of-16-chr" is not the name of a network interface (as `ip link` shows it))"},
      {R"("bind_interface": 1)", "bind_interface: expected a string, found a number"},
      {R"("inet4_bind_address": "::1")", R"(inet4_bind_address: "::1" is not an IPv4 address)"},
      {R"("inet6_bind_address": "127.0.0.1")",
       R"(inet6_bind_address: "127.0.0.1" is not an IPv6 address)"},
      {R"("inet4_bind_address": [])", "inet4_bind_address: expected a string, found a list"},
      {R"("bind_address_no_port": 1)",
       "bind_address_no_port: expected true or false, found a number"},
      {R"("routing_mark": "mark")",
       R"(routing_mark: "mark" is not a routing mark; write a number up to 4294967295, or for example "0x1234")"},
      {R"("routing_mark": "0x100000000")",
       R"(routing_mark: "0x100000000" is not a routing mark; write a number up to 4294967295, or for example "0x1234")"},
      {R"("routing_mark": -1)", "routing_mark: must not be negative"},
      {R"("routing_mark": 4294967296)", "routing_mark: too large; at most 4294967295"},
      {R"("routing_mark": {})", "routing_mark: expected a whole number, found an object"},
      {R"("reuse_addr": "yes")", "reuse_addr: expected true or false, found a string"},
      {R"("netns": "..")",
       R"(netns: ".." is not a network namespace; write the name that `ip netns` shows, or a path)"},
      {R"("netns": true)", "netns: expected a string, found true or false"},
      {R"("tcp_fast_open": "on")", "tcp_fast_open: expected true or false, found a string"},
      {R"("tcp_multi_path": 1)", "tcp_multi_path: expected true or false, found a number"},
      {R"("disable_tcp_keep_alive": [])",
       "disable_tcp_keep_alive: expected true or false, found a list"},
      {R"("tcp_keep_alive": 300)", R"(tcp_keep_alive: 300 has no unit; write "300s")"},
      {R"("tcp_keep_alive": "10h")", R"(tcp_keep_alive: "10h" is too long; at most 32767s)"},
      {R"("tcp_keep_alive_interval": "-1s")", R"(tcp_keep_alive_interval: "-1s" is negative)"},
      {R"("tcp_keep_alive_count": 128)", "tcp_keep_alive_count: too large; at most 127"},
      {R"("tcp_keep_alive_count": "9")",
       "tcp_keep_alive_count: expected a whole number, found a string"},
      {R"("fallback_delay": "-300ms")", R"(fallback_delay: "-300ms" is negative)"},
      {R"("fallback_delay": true)",
       "fallback_delay: expected a duration such as 30s or 5m, found true or false"},
      {R"("domain_resolver": 5)", "domain_resolver: expected a string, found a number"},
      {R"("domain_resolver": {"server": "a", "stratgy": "ipv4_only"})",
       "domain_resolver.stratgy: unknown field, did you mean strategy?"},
      {R"("domain_resolver": {"strategy": "ipv4"})",
       R"(domain_resolver.strategy: "ipv4" is unknown, did you mean prefer_ipv4?)"},
  };
  for (const auto& [members, text] : table)
    EXPECT_EQ(json_errors(json_outbound(members)),
              lines{"c.json: outbounds[0]." + std::string(text)});
}

TEST(dial_fields, what_is_known_and_not_there_is_said) {
  constexpr const char* graphical =
      ": not available yet, only sing-box's graphical clients for Android and Apple have it; the "
      "routes of this system are used";
  const std::pair<const char*, std::string> table[] = {
      {R"("network_strategy": "hybrid")", std::string("network_strategy") + graphical},
      {R"("network_type": ["wifi"])", std::string("network_type") + graphical},
      {R"("fallback_network_type": ["cellular"])",
       std::string("fallback_network_type") + graphical},
      {R"("udp_fragment": true)", "udp_fragment: not available yet, there is no UDP"},
      {R"("domain_resolver": {"server": "a", "client_subnet": "1.2.3.0/24"})",
       "domain_resolver.client_subnet: not available yet, running without it"},
      {R"("domain_resolver": {"server": "a", "disable_cache": true})",
       "domain_resolver.disable_cache: not available yet, running without it"},
      {R"("domain_resolver": {"server": "a", "rewrite_ttl": 60})",
       "domain_resolver.rewrite_ttl: not available yet, running without it"},
  };
  for (const auto& [members, text] : table)
    EXPECT_EQ(json_warnings(json_outbound(members)), lines{"c.json: outbounds[0]." + text});
  EXPECT_EQ(json_warnings(json_outbound(R"("bind_address_no_port": true)")),
            lines{"c.json: outbounds[0]: bind_address_no_port does nothing without "
                  "inet4_bind_address or inet6_bind_address"});
}

TEST(dial_fields, defaults_of_route_are_for_outbounds_without_their_own) {
  const auto c =
      must_load(R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1}],
    "outbounds": [{"type": "direct", "tag": "a"},
      {"type": "direct", "tag": "b", "bind_interface": "eth2", "routing_mark": 2, "fallback_delay": "20ms"},
      {"type": "direct", "tag": "c", "inet4_bind_address": "192.0.2.1"}],
    "route": {"default_interface": "eth1", "default_mark": "0x1", "default_fallback_delay": "1s"}})");
  EXPECT_EQ(c.outbounds[0].dial.socket.interface, "eth1");
  EXPECT_EQ(c.outbounds[0].dial.socket.routing_mark, 1u);
  EXPECT_EQ(c.outbounds[0].dial.fallback_delay, 1s);
  EXPECT_EQ(c.outbounds[1].dial.socket.interface, "eth2");
  EXPECT_EQ(c.outbounds[1].dial.socket.routing_mark, 2u);
  EXPECT_EQ(c.outbounds[1].dial.fallback_delay, 20ms);
  EXPECT_EQ(c.outbounds[2].dial.socket.interface, "")
      << "a source address of its own says where to leave";
}

TEST(dial_fields, the_outbound_that_is_not_written_has_the_defaults_too) {
  const auto c =
      must_load(R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1}],
    "route": {"default_interface": "eth1"}})");
  EXPECT_EQ(only(c).dial.socket.interface, "eth1");
}

TEST(dial_fields, default_interface_gives_way_to_auto_detect_interface) {
  const auto text = R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1}],
    "outbounds": [{"type": "direct"}], "route": {"default_interface": "eth1", "auto_detect_interface": true}})";
  EXPECT_EQ(json_warnings(text), lines{"c.json: route.default_interface: it takes no effect beside "
                                       "auto_detect_interface; the routes decide"});
  const auto c = must_load(text);
  EXPECT_EQ(only(c).dial.socket.interface, "");
}

TEST(dial_fields, direct_may_go_to_another_target) {
  const auto c =
      must_load(R"({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1}],
    "outbounds": [{"type": "direct", "override_address": "1.0.0.1", "override_port": 53}]})");
  EXPECT_EQ(only(c).override_address, "1.0.0.1");
  EXPECT_EQ(only(c).override_port, 53);
  const auto wrong = [](const char* member) {
    return json_errors(R"({"outbounds": [{"type": "direct", )" + std::string(member) + "}]}");
  };
  EXPECT_EQ(wrong(R"("override_port": 65536)"),
            lines{"c.json: outbounds[0].override_port: 65536 is not a port; ports are 1 to 65535"});
  EXPECT_EQ(wrong(R"("override_address": "h:1")"),
            lines{"c.json: outbounds[0].override_address: \"h:1\" is not a host name or an IP "
                  "address (the port has its own field)"});
  EXPECT_EQ(wrong(R"("proxy_protocol": 1)"),
            lines{"c.json: outbounds[0].proxy_protocol: not available yet, and without it targets "
                  "would see another protocol"});
}

TEST(dial_fields, each_is_read_from_yaml) {
  const auto c =
      must_load(yaml_proxy("  interface-name: eth1\n  routing-mark: 6666\n  tfo: true\n  mptcp: "
                           "true\n  ip-version: ipv6\n"));
  const auto& d = only(c).dial;
  EXPECT_EQ(d.socket.interface, "eth1");
  EXPECT_EQ(d.socket.routing_mark, 6666u);
  EXPECT_EQ(d.socket.fast_open, true);
  EXPECT_EQ(d.socket.multi_path, true);
  EXPECT_EQ(d.strategy, domain_strategy::ipv6_only);
}

TEST(dial_fields, mistakes_in_yaml) {
  const std::pair<const char*, const char*> table[] = {
      {"interface-name: a/b",
       "interface-name: \"a/b\" is not the name of a network interface (as `ip link` shows it)"},
      {"interface-name: []", "interface-name: expected a string, found a list"},
      {"routing-mark: many", "routing-mark: expected a whole number"},
      {"routing-mark: 4294967296", "routing-mark: too large; at most 4294967295"},
      {"tfo: perhaps", "tfo: expected true or false, found a word"},
      {"mptcp: {}", "mptcp: expected true or false, found an object"},
  };
  for (const auto& [line, text] : table) {
    std::string wanted = "c.yaml: proxies[0]." + std::string(text);
    wanted.insert(wanted.find(':', 10), " (line 8)");
    EXPECT_EQ(yaml_errors(yaml_proxy("  " + std::string(line) + "\n")), lines{wanted});
  }
}

TEST(dial_fields, general_fields_of_mihomo_are_for_all) {
  const auto c = must_load(
      "mixed-port: 1080\ninterface-name: eth1\nrouting-mark: 7\nkeep-alive-idle: 60\n"
      "keep-alive-interval: 30\ninbound-tfo: true\ninbound-mptcp: true\n"
      "listeners: [{type: socks, port: 1, listen: 127.0.0.1, tfo: false}]\n"
      "proxies:\n- {name: a, type: direct}\n- {name: b, type: direct, interface-name: eth2, "
      "routing-mark: 8}\nrules: ['MATCH,DIRECT']\n");
  for (const auto& o : c.outbounds) {
    const bool own = o.tag == "b";
    EXPECT_EQ(o.dial.socket.interface, own ? "eth2" : "eth1") << o.tag;
    EXPECT_EQ(o.dial.socket.routing_mark, own ? 8u : 7u) << o.tag;
    EXPECT_EQ(o.dial.socket.keep_alive.idle, 60s) << o.tag;
  }
  EXPECT_EQ(c.outbounds.size(), 3u) << "DIRECT is one of them";
  ASSERT_EQ(c.inbounds.size(), 2u);
  for (const auto& in : c.inbounds) {
    EXPECT_EQ(in.socket.fast_open, in.type != inbound_type::socks) << in.tag;
    EXPECT_EQ(in.socket.multi_path, true) << in.tag;
    EXPECT_EQ(in.socket.keep_alive.interval, 30s) << in.tag;
  }
  const auto off = must_load("mixed-port: 1080\ndisable-keep-alive: true\n");
  EXPECT_EQ(off.inbounds.at(0).socket.keep_alive.disabled, true);
}

TEST(dial_fields, mistakes_in_general_fields_of_mihomo) {
  const std::pair<const char*, const char*> table[] = {
      {"interface-name: 'a b'",
       "interface-name (line 2): \"a b\" is not the name of a network interface (as `ip link` "
       "shows it)"},
      {"routing-mark: -1", "routing-mark (line 2): must not be negative"},
      {"keep-alive-idle: 40000", "keep-alive-idle (line 2): \"40000\" is too long; at most 32767s"},
      {"keep-alive-interval: soon",
       "keep-alive-interval (line 2): \"soon\" is not a duration; write for example 30s, 5m or "
       "1h30m"},
      {"disable-keep-alive: 2",
       "disable-keep-alive (line 2): expected true or false, found a word"},
      {"inbound-tfo: []", "inbound-tfo (line 2): expected true or false, found a list"},
      {"inbound-mptcp: x", "inbound-mptcp (line 2): expected true or false, found a word"},
  };
  for (const auto& [line, text] : table)
    EXPECT_EQ(yaml_errors(yaml_proxy("", std::string(line) + "\n")),
              lines{"c.yaml: " + std::string(text)});
}

TEST(listen_fields, each_is_read_from_json) {
  const auto c =
      must_load(json_inbound(R"({"type": "mixed", "listen": "127.0.0.1", "listen_port": 1,
    "bind_interface": "eth1", "routing_mark": "0x10", "reuse_addr": true, "netns": "/run/netns/vpn",
    "tcp_fast_open": true, "tcp_multi_path": true, "disable_tcp_keep_alive": false, "tcp_keep_alive": "10m",
    "tcp_keep_alive_interval": "20s"})"));
  const auto& s = c.inbounds.at(0).socket;
  EXPECT_EQ(s.interface, "eth1");
  EXPECT_EQ(s.routing_mark, 16u);
  EXPECT_TRUE(s.reuse_address);
  EXPECT_EQ(s.network_namespace, "/run/netns/vpn");
  EXPECT_EQ(s.fast_open, true);
  EXPECT_EQ(s.multi_path, true);
  EXPECT_EQ(s.keep_alive.disabled, false);
  EXPECT_EQ(s.keep_alive.idle, 10min);
  EXPECT_EQ(s.keep_alive.interval, 20s);
}

TEST(listen_fields, mistakes) {
  const std::pair<const char*, const char*> table[] = {
      {R"("bind_interface": "a/b")",
       R"(bind_interface: "a/b" is not the name of a network interface (as `ip link` shows it))"},
      {R"("routing_mark": "x")",
       R"(routing_mark: "x" is not a routing mark; write a number up to 4294967295, or for example "0x1234")"},
      {R"("reuse_addr": 1)", "reuse_addr: expected true or false, found a number"},
      {R"("netns": 1)", "netns: expected a string, found a number"},
      {R"("tcp_fast_open": "x")", "tcp_fast_open: expected true or false, found a string"},
      {R"("tcp_multi_path": "x")", "tcp_multi_path: expected true or false, found a string"},
      {R"("disable_tcp_keep_alive": "x")",
       "disable_tcp_keep_alive: expected true or false, found a string"},
      {R"("tcp_keep_alive": "x")",
       R"(tcp_keep_alive: "x" is not a duration; write for example 30s, 5m or 1h30m)"},
      {R"("tcp_keep_alive_interval": "32768s")",
       R"(tcp_keep_alive_interval: "32768s" is too long; at most 32767s)"},
      {R"("detour": "other")",
       "detour: not available yet, and without it traffic would leave by another way"},
  };
  for (const auto& [members, text] : table)
    EXPECT_EQ(
        json_errors(json_inbound(R"({"type": "mixed", "listen": "127.0.0.1", "listen_port": 1, )" +
                                 std::string(members) + "}")),
        lines{"c.json: inbounds[0]." + std::string(text)});
}

TEST(listen_fields, each_is_read_from_yaml) {
  const auto c = must_load(
      "listeners: [{type: mixed, port: 1, listen: 127.0.0.1, interface-name: eth1, routing-mark: "
      "9, "
      "tfo: true, mptcp: true}]\nproxies: [{name: a, type: direct}]\nrules: ['MATCH,a']\n");
  const auto& s = c.inbounds.at(0).socket;
  EXPECT_EQ(s.interface, "eth1");
  EXPECT_EQ(s.routing_mark, 9u);
  EXPECT_EQ(s.fast_open, true);
  EXPECT_EQ(s.multi_path, true);
  EXPECT_EQ(c.outbounds.at(0).dial.socket.routing_mark, 0u);
}

TEST(listen_fields, one_port_in_two_namespaces_is_two_places) {
  const auto two = [](const char* first, const char* second) {
    return json_errors(
        R"({"inbounds": [{"type": "mixed", "tag": "a", "listen": "127.0.0.1", "listen_port": 1)" +
        std::string(first) +
        R"(}, {"type": "mixed", "tag": "b", "listen": "127.0.0.1", "listen_port": 1)" + second +
        R"(}], "outbounds": [{"type": "direct"}]})");
  };
  EXPECT_EQ(two("", "").size(), 1u);
  EXPECT_EQ(two("", R"(, "netns": "vpn")"), lines{});
  EXPECT_EQ(two(R"(, "bind_interface": "eth0")", R"(, "bind_interface": "eth1")"), lines{});
}

}  // namespace
}  // namespace anytls::config
