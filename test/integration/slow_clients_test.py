"""Clients that take their time: handshake and preamble have one deadline each, whatever trickles in."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import anytls
import peer
import proxy
from case import Case
from target import Target

DEADLINE = 10


def trickle(sock, data, pause):
    """One byte now and then until the other side has closed. Seconds until then."""
    began = time.monotonic()
    sock.settimeout(pause)
    for one in data:
        try:
            sock.sendall(bytes([one]))
            if not sock.recv(1000):
                break
        except TimeoutError:
            pass
        except OSError:
            break
    else:
        sock.settimeout(2 * DEADLINE)
        try:
            while sock.recv(1000):
                pass
        except OSError:
            pass
    return time.monotonic() - began


class SlowClients(Case):
    def setUp(self):
        self.server = anytls.start_server(self, anytls.certificate(self.folder))
        self.port = self.server.port()

    def plain(self, data):
        with socket.create_connection(("127.0.0.1", self.port), proxy.TIMEOUT) as sock:
            return trickle(sock, data, 0.4)

    def after_tls(self, data):
        with peer.tls_client(self.port) as sock:
            return trickle(sock, data, 0.4)

    def test_each_part_has_one_deadline(self):
        hello = peer.client_hello()
        padding = peer.preamble(padding=60000)

        def slow_padding():
            with peer.tls_client(self.port) as sock:
                sock.sendall(padding[:34])
                return trickle(sock, padding[34:], 0.4)

        slow = {
            "says nothing": lambda: self.plain(b""),
            "hello byte by byte": lambda: self.plain(hello),
            "hello and no more": lambda: self.hello_only(hello),
            "tls and nothing": lambda: self.after_tls(b""),
            "padding byte by byte": slow_padding,
        }
        with ThreadPoolExecutor(len(slow)) as pool:
            times = dict(zip(slow, pool.map(lambda one: one(), slow.values())))
        for name, took in times.items():
            with self.subTest(name):
                self.assertTrue(DEADLINE - 1 < took < DEADLINE + 3 * anytls.PATIENCE, took)

    def hello_only(self, hello):
        with socket.create_connection(("127.0.0.1", self.port), proxy.TIMEOUT) as sock:
            sock.sendall(hello)
            return trickle(sock, b"", 1)

    def test_authenticated_clients_may_be_as_slow_as_they_like(self):
        target = self.keep(Target())
        session = self.keep(peer.Session(peer.tls_client(self.port)))
        session.send(peer.preamble())
        time.sleep(DEADLINE + 2)
        data = (peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT) + peer.frame(peer.SYN, 1) +
                peer.frame(peer.PSH, 1, proxy.socks_address("127.0.0.1", target.port)) +
                peer.frame(peer.PSH, 1, b"echo\nslowly"))
        for one in data:  # each byte a record of its own
            session.send(bytes([one]))
        self.assertEqual(session.read_until(peer.SYNACK), (1, b""))
        got = b""
        while len(got) < 6:
            got += session.read_until(peer.PSH)[1]
        self.assertEqual(got, b"slowly")
