"""Listen fields in use. Each of them with each value: test/matrix."""

import socket

import proxy
from two_hosts import Capture, Marked, NetCase, inside
from wire import FAR, FAST_OPEN, MPTCP, SYN, SYN_ACK

PORT = 1081


class Listen(NetCase):
    """The proxy is on `far`, applications on `near`."""

    def setUp(self):
        self.here = self.target("127.0.0.1", self.far)

    def listen(self, host=None, **fields):
        config = {"inbounds": [{"type": "mixed", "listen": "0.0.0.0", "listen_port": PORT, **fields}],
                  "outbounds": [{"type": "direct"}]}
        return self.start(host or self.far, config)

    def listening(self, *arguments, **fields):
        program = self.listen(*arguments, **fields)
        program.port()
        return program

    def through(self, address=FAR, host=None):
        """A question through the proxy at an address."""
        def connect():
            sock = socket.create_connection((address, PORT), 5)
            sock.sendall(b"\5\1\0")
            proxy.read_exactly(sock, 2)
            sock.sendall(b"\5\1\0" + proxy.socks_address("127.0.0.1", self.here.port))
            proxy.read_exactly(sock, 10)
            return sock

        sock = self.keep(inside(host or self.near, connect))
        self.exchange(sock)
        return sock

    def test_an_interface_that_is_not_there_is_named(self):
        program = self.listen(bind_interface="nope0")
        self.assertNotEqual(program.wait(), 0)
        self.assertIn("bind_interface nope0: No such device", program.log())

    def test_routing_mark(self):
        marked = self.keep(Marked(self.far, "5", f"tcp sport {PORT}"))
        wire = self.keep(Capture(self.far, "eth0"))
        self.listening(routing_mark=5)
        self.through()
        sent = [one for one in wire.packets(PORT) if one.sport == PORT]
        self.assertGreaterEqual(marked.packets(), len(sent), "the SYN-ACK, too")

    def test_network_namespace(self):
        """The program is on one host and listens on the other; what it connects to is on its own."""
        self.listening(self.near, netns=self.far.path)
        self.here = self.target("127.0.0.1", self.near)
        self.through()

    def test_reuse_addr(self):
        self.listening(reuse_addr=True)
        self.listening(reuse_addr=True)
        self.through()
        third = self.listen()
        self.assertNotEqual(third.wait(), 0)
        self.assertIn("in use", third.log())

    def test_fast_open(self):
        wire = self.keep(Capture(self.far, "eth0"))
        self.listening(tcp_fast_open=True)
        for _ in range(2):
            sock = self.keep(inside(self.near, self.connect_fast))
            sock.sendall(b"\5\1\0")
            self.assertEqual(proxy.read_exactly(sock, 2), b"\5\0")
        syns, answers = wire.packets(PORT, SYN, count=2), wire.packets(PORT, SYN_ACK, count=2)
        self.assertGreaterEqual(len(answers[0].options[FAST_OPEN]), 8, "a cookie")
        self.assertEqual(syns[1].payload, b"\5\1\0")

    @staticmethod
    def connect_fast():
        sock = socket.socket()
        sock.settimeout(5)
        sock.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
        sock.connect((FAR, PORT))
        return sock

    def test_fast_open_that_the_system_does_not_allow_is_said(self):
        self.far.sysctl("ipv4/tcp_fastopen", 1)
        self.addCleanup(self.far.sysctl, "ipv4/tcp_fastopen", 3)
        program = self.listening(tcp_fast_open=True)
        self.assertIn("tcp_fast_open does nothing while the system does not allow it; run `sysctl -w "
                      "net.ipv4.tcp_fastopen=3`", program.log())
        self.through()

    def test_multi_path(self):
        self.need_multi_path()
        for fields, wanted in (({}, False), ({"tcp_multi_path": True}, True)):
            with self.subTest(wanted):
                wire = self.keep(Capture(self.far, "eth0"))
                program = self.listening(**fields)
                sock = self.keep(inside(self.near, self.connect_multi_path))
                sock.sendall(b"\5\1\0")
                self.assertEqual(proxy.read_exactly(sock, 2), b"\5\0")
                self.assertEqual(MPTCP in wire.packets(PORT, SYN_ACK)[0].options, wanted)
                self.through()  # plain TCP is served all the same
                sock.close()
                program.stop()

    def test_multi_path_an_application_may_end_first(self):
        """Its end is not taken for its being gone."""
        self.need_multi_path()
        self.listening(tcp_multi_path=True)
        target = self.target("127.0.0.1", self.far)
        sock = self.keep(inside(self.far, self.connect_multi_path, "127.0.0.1"))
        sock.sendall(b"\5\1\0\5\1\0" + proxy.socks_address("127.0.0.1", target.port))
        proxy.read_exactly(sock, 12)
        sock.sendall(b"late 5 1 0.3\n")
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(len(proxy.read_all(sock)), 5)

    @staticmethod
    def connect_multi_path(address=FAR):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP)
        sock.settimeout(5)
        sock.connect((address, PORT))
        return sock
