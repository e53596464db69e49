"""Dial fields in use: what they carry, what they meet and how they fail. Each of them with each value: test/matrix."""

import socket
import time

import anytls
import proxy
from two_hosts import Capture, NetCase, inside, without
from wire import FAR, FAR_OTHER_LINK, FAST_OPEN, MPTCP, NEAR, NEAR_ALSO, SYN

def hosts_file(folder, *addresses):
    """For `prepare`: the addresses of two.test, in this order."""
    lines = "\n".join(f"{one} two.test" for one in addresses)
    path = folder / "hosts"
    path.write_text(f"127.0.0.1 localhost\n{lines}\n", encoding="utf-8")
    return f"mount --bind {path} /etc/hosts"


class Listening:
    """A target that tells who has connected."""

    def __init__(self, host, address, port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = inside(host, lambda: socket.create_server((address, port), family=family))
        self._socket.settimeout(15)
        self.host = address
        self.port = self._socket.getsockname()[1]

    def accept(self):
        return self._socket.accept()

    def close(self):
        self._socket.close()


class Dial(NetCase):
    def peer_of_one(self, target, host=None, address=None):
        """From where one request of the application reaches the target."""
        self.open(address or target.host, target.port, host)
        sock, peer = target.accept()
        self.keep(sock)
        return peer[0]

    def test_bind_interface_does_not_cut_off_this_host(self):
        target = self.target("127.0.0.1", self.near)
        self.proxy_to({"type": "direct", "bind_interface": "eth1"})
        self.ask(target)

    def test_an_interface_that_is_not_there_is_named_and_may_come(self):
        target = self.target("0.0.0.0")
        program = self.proxy_to({"type": "direct", "bind_interface": "late0"})
        self.assertIn("outbounds[0]: bind_interface late0: No such device; no connection can be made until that has "
                      "changed", program.log())
        with self.assertRaises(proxy.Refused):
            self.open(FAR, target.port)
        program.wait_log(f"{FAR}:{target.port} via direct-0: bind_interface late0: No such device")
        self.near.run("ip", "link", "add", "late0", "type", "veth", "peer", "name", "late0", "netns", self.far.path)
        self.addCleanup(self.near.run, "ip", "link", "del", "late0")
        for host, end in ((self.near, 1), (self.far, 2)):
            host.run("ip", "address", "add", f"10.78.3.{end}/24", "dev", "late0")
            host.run("ip", "link", "set", "late0", "up")
        self.ask(target, address="10.78.3.2")

    def test_a_source_address_of_somebody_else_is_named(self):
        target = self.target()
        program = self.proxy_to({"type": "direct", "inet4_bind_address": "10.78.1.99"})
        with self.assertRaises(proxy.Refused):
            self.open(FAR, target.port)
        program.wait_log("inet4_bind_address 10.78.1.99: Cannot assign requested address")

    def test_bind_address_no_port(self):
        """One port of this host for connections to two targets, which bind() alone would not allow."""
        first, second = self.target(), self.target()
        self.near.sysctl("ipv4/ip_local_port_range", "20000 20000")
        self.addCleanup(self.near.sysctl, "ipv4/ip_local_port_range", "32768 60999")
        for no_port in (False, True):
            with self.subTest(no_port=no_port):
                program = self.proxy_to({"type": "direct", "inet4_bind_address": NEAR_ALSO,
                                         "bind_address_no_port": no_port}, inbound={"listen": "::", "users": []})
                self.assertIsNotNone(program)
                sockets = [self.dial_proxy(target, number) for number, target in enumerate((first, second), 2 * no_port)]
                self.assertEqual([one is not None for one in sockets], [True, no_port])
                program.stop()

    def dial_proxy(self, target, number):
        """An application whose own port is not of that range; None where it is refused."""
        def connect():
            sock = socket.create_connection(("127.0.0.1", 1080), 15, source_address=("127.0.0.1", 30000 + number))
            sock.sendall(b"\5\1\0")
            proxy.read_exactly(sock, 2)
            sock.sendall(b"\5\1\0" + proxy.socks_address(target.host, target.port))
            return sock, proxy.read_exactly(sock, 10)[1]

        sock, code = inside(self.near, connect)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.keep(sock)
        return sock if code == 0 else None

    def test_multi_path_without_the_kernel(self):
        self.need_multi_path()
        target = self.target()
        self.near.sysctl("mptcp/enabled", 0)
        self.addCleanup(self.near.sysctl, "mptcp/enabled", 1)
        program = self.proxy_to({"type": "direct", "tcp_multi_path": True})
        self.assertIn("this system has no MPTCP", program.log())
        self.ask(target)

    def test_override(self):
        target = self.target()
        self.proxy_to({"type": "direct", "override_address": FAR, "override_port": target.port})
        self.exchange(self.open("nowhere.invalid", 1))

    def test_network_namespace(self):
        """The program is on one host, its connections leave from the other."""
        target = self.keep(Listening(self.far, FAR))
        self.proxy_to({"type": "direct", "netns": self.near.path}, host=self.far)
        for _ in range(3):
            self.assertEqual(self.peer_of_one(target, self.far), NEAR)

    def test_a_namespace_that_is_not_there_is_named(self):
        program = self.proxy_to({"type": "direct", "netns": "nope-78"})
        self.assertIn("outbounds[0]: netns nope-78: No such file or directory", program.log())
        with self.assertRaises(proxy.Refused):
            self.open(FAR, 1)
        program.wait_log("via direct-0: netns nope-78: No such file or directory")

    def test_what_needs_a_capability_says_so_at_once(self):
        for fields, text in (({"routing_mark": 7}, "outbounds[0]: routing_mark 7: Operation not permitted; it needs "
                                                   "CAP_NET_ADMIN"),
                             ({"netns": self.far.path}, "CAP_SYS_ADMIN")):
            with self.subTest(fields):
                program = self.start(self.near, {
                    "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": 1080}],
                    "outbounds": [{"type": "direct", **fields}]}, prefix=without("net_admin", "net_raw", "sys_admin"))
                self.assertNotEqual(program.wait(), 0)
                self.assertIn(text, program.log())


class FastOpen(NetCase):
    def setUp(self):
        # Whatever a test before has taught the kernel: cookies, and where SYNs with data were lost.
        for host in (self.near, self.far):
            host.run("ip", "tcp_metrics", "flush", "all")

    def two_sessions(self, **program):
        """The first connection fetches a cookie, the second spends it."""
        target = self.target("127.0.0.1", self.far)
        self.client = self.proxy_to(self.to_server(**program.pop("outbound", {}), tcp_fast_open=True), **program)
        self.ask(target)
        self.ask(target)
        return target

    def test_the_client_hello_rides_in_the_syn(self):
        wire = self.keep(Capture(self.far, "eth0"))
        self.server(tcp_fast_open=True)
        self.two_sessions()
        first, second = wire.packets(8443, SYN, count=2)[:2]
        self.assertEqual(first.options.get(FAST_OPEN), b"", "it asks for a cookie")
        self.assertEqual(first.payload, b"")
        self.assertGreaterEqual(len(second.options.get(FAST_OPEN, b"")), 8)
        self.assertEqual(second.payload[:3], b"\x16\x03\x01", "the beginning of a ClientHello")

    def test_over_multi_path(self):
        self.need_multi_path()
        wire = self.keep(Capture(self.far, "eth0"))
        self.server(tcp_fast_open=True, tcp_multi_path=True)
        self.two_sessions(outbound={"tcp_multi_path": True})
        self.assertTrue(all(MPTCP in one.options for one in wire.packets(8443, SYN, count=2)))

    def test_a_server_that_has_gone_costs_half_the_connect_timeout(self):
        """The first address has given a cookie and is silent now: the race is run again, without fast open."""
        self.server(tcp_fast_open=True)
        self.server(listen=FAR_OTHER_LINK, port=8444)
        self.near.run("nft", "-f", "-", stdin=f"table ip fast {{ chain out {{ type nat hook output priority -100; "
                                              f"ip daddr {FAR_OTHER_LINK} tcp dport 8443 dnat to :8444; }}; }}")
        self.addCleanup(self.near.run, "nft", "delete", "table", "ip", "fast")
        target = self.two_sessions(outbound={"server": "two.test", "connect_timeout": "2s"},
                                   prepare=hosts_file(self.folder, FAR, FAR_OTHER_LINK))
        self.far.run("nft", "-f", "-", stdin="table ip gone { chain in { type filter hook input priority 0; "
                                             "tcp dport 8443 drop; }; }")
        self.addCleanup(self.far.run, "nft", "delete", "table", "ip", "gone")
        begin = time.monotonic()
        self.ask(target)
        self.assertLess(time.monotonic() - begin, 4 * anytls.PATIENCE)
        begin = time.monotonic()
        self.ask(target)
        self.assertLess(time.monotonic() - begin, 0.95 * anytls.PATIENCE, "now it races at once")

    def test_a_refusal_is_reported_as_one(self):
        server = self.server(tcp_fast_open=True)
        target = self.two_sessions(outbound={"connect_timeout": "1s"})
        server.stop()
        with self.assertRaises((proxy.Refused, OSError, EOFError)):
            self.ask(target)
        self.client.wait_log("Connection refused")

    def direct(self, target, **fields):
        self.proxy_to({"type": "direct", "tcp_fast_open": True, **fields.pop("outbound", {})}, **fields)
        self.ask_listening(target)

    def ask_listening(self, target):
        """One connection to fetch the cookie."""
        sock = self.open(target.host, target.port)
        sock.sendall(b"x")
        there, _ = target.accept()
        self.assertEqual(proxy.read_exactly(there, 1), b"x")
        there.close()
        sock.close()

    def fast_target(self):
        target = Listening(self.far, FAR)
        target._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        return self.keep(target)

    def test_direct_sends_the_first_data_in_the_syn(self):
        wire = self.keep(Capture(self.far, "eth0"))
        target = self.fast_target()
        self.direct(target)
        self.open(target.host, target.port).sendall(b"GET /")
        self.assertEqual(wire.packets(target.port, SYN, count=2)[1].payload, b"GET /")
        there, _ = target.accept()
        self.assertEqual(proxy.read_exactly(self.keep(there), 5), b"GET /")

    def test_direct_a_target_may_speak_first(self):
        target = self.fast_target()
        self.direct(target)
        sock = self.open(target.host, target.port)
        there, _ = target.accept()
        self.keep(there).sendall(b"220 hello")
        self.assertEqual(proxy.read_exactly(sock, 9), b"220 hello")

    def test_direct_an_early_end_does_not_lose_what_is_in_the_syn(self):
        target = self.fast_target()
        self.direct(target)
        for question in (b"", b"question"):
            # The answer to the first SYN is lost, so that the end comes while there is no connection.
            if question:
                self.far.run("nft", "-f", "-", stdin="table ip late { chain out { type filter hook output priority "
                                                     f"0; tcp sport {target.port} tcp flags & syn == syn drop; }}; }}")
            sock = self.open(target.host, target.port)
            sock.sendall(question)
            sock.shutdown(socket.SHUT_WR)
            if question:
                time.sleep(0.1)
                self.far.run("nft", "delete", "table", "ip", "late")
            there, _ = target.accept()
            self.assertEqual(proxy.read_all(self.keep(there)), question)
            there.sendall(b"answer")
            there.close()
            self.assertEqual(proxy.read_all(sock), b"answer")

    def test_direct_waits_for_the_target_where_it_has_to(self):
        target = self.fast_target()
        self.direct(target, inbound={"wait_for_target": True})
        self.open(target.host, target.port)
        target.close()
        with self.assertRaises(proxy.Refused):
            self.open(target.host, target.port)
