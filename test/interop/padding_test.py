"""The padding scheme on the wire, as record lengths show it, and the update that a server sends."""

import proxy
from pairs import pairs_where

SCHEME = "stop=3\n0=200-200\n1=700-700\n2=333-333"
PREAMBLE = 32 + 2


@pairs_where(lambda client, server: client == "ours")
class PaddingUpdate:
    def fetch(self):
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def test_next_session_uses_the_scheme_of_the_server(self):
        self.start_server(scheme=SCHEME)
        self.start_client(extra=["--disable-reuse"])
        self.fetch()
        self.fetch()
        first, second = self.wire.connections
        self.assertEqual(first.sent()[0], PREAMBLE + 30)
        self.assertEqual(second.sent()[:3], [PREAMBLE + 200, 700, 333])

    def test_another_client_of_the_same_server_starts_with_its_own(self):
        self.start_server(scheme=SCHEME)
        self.start_client()
        self.fetch()
        self.start_client()
        self.fetch()
        self.assertEqual(self.wire.connections[0].sent()[0], PREAMBLE + 30)


@pairs_where(lambda client, server: server == "ours")
class SchemeOfOurServer:
    def test_client_takes_it_for_its_next_session(self):
        self.start_server(scheme=SCHEME)
        self.start_client()
        held = [self.keep(proxy.socks5(self.proxy, "127.0.0.1", self.target.port))]  # keeps its session busy
        held[0].sendall(b"echo\nx")
        proxy.read_exactly(held[0], 1)
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)
        self.assertEqual(self.wire.connections[1].sent()[0], PREAMBLE + 200)
