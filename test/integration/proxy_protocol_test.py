"""A load balancer in front: the client's address comes in a header, on every kind of inbound."""

import ipaddress
import socket
import struct

import anytls
import peer
import proxy
from case import Case
from target import Target, closed_port
from tls_wire import TlsWire


def line(source, port=12345):
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {source} {port} 443\r\n".encode()


def binary(source, port=12345, command=0x21):
    address = ipaddress.ip_address(source).packed
    block = address * 2 + struct.pack("!HH", port, 443) + b"\x04\0\1x"  # and a TLV
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", command, 0x11 if len(address) == 4 else 0x21, len(block)) + block


HEADERS = {
    "version 1": (line("8.8.4.4"), "8.8.4.4:12345"),
    "version 1, IPv6": (line("2001:4860::1"), "[2001:4860::1]:12345"),
    "version 2": (binary("8.8.4.4"), "8.8.4.4:12345"),
    "version 2, IPv6": (binary("2001:4860::1"), "[2001:4860::1]:12345"),
    "a source port of 0": (binary("8.8.4.4", port=0), "8.8.4.4:0"),
    "UNKNOWN": (b"PROXY UNKNOWN\r\n", "127.0.0.1:"),
    "LOCAL": (binary("8.8.4.4", command=0x20), "127.0.0.1:"),
}


class Balanced(Case):
    def nowhere(self):
        port, sock = closed_port()
        self.keep(sock)
        return port


class OnServers(Balanced):
    def start(self, **more):
        cert = anytls.certificate(self.folder)
        inbound = {"type": "anytls", "tag": "in", "users": [{"password": anytls.PASSWORD}], "proxy_protocol": True,
                   "tls": {"enabled": True, "certificate_path": cert.cert, "key_path": cert.key}, **more}
        self.server = anytls.start_config(self, inbound, {"type": "direct"})
        return self.server.port()

    def source_of_a_stream(self, port, *before):
        """As the server names it where the target is not there."""
        wire = self.keep(TlsWire(port, before=before, settle=0.01))
        wire.send(peer.preamble(), peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT),
                  peer.frame(peer.SYN, 1) +
                  peer.frame(peer.PSH, 1, proxy.socks_address("127.0.0.1", self.nowhere())))
        return wire

    def test_the_header_names_the_source(self):
        port = self.start()
        for name, (header, source) in HEADERS.items():
            with self.subTest(name):
                before = self.server.log().count(f" for {source}")
                self.source_of_a_stream(port, header)
                self.server.wait_log(lambda log, source=source, before=before: log.count(f" for {source}") > before)

    def test_the_header_may_come_byte_by_byte(self):
        header, source = HEADERS["version 2"]
        self.source_of_a_stream(self.start(), *(bytes([one]) for one in header))
        self.server.wait_log(f" for {source}")

    def test_without_a_header_it_closes_without_a_word(self):
        port = self.start()
        for said in (peer.client_hello(), b"PROXY TCP4 nonsense\r\n", b"\r\n\r\n\0\r\nQUIT\n\x31" + bytes(10)):
            with proxy.dial(port) as sock:
                sock.sendall(said)
                try:
                    self.assertEqual(sock.recv(1), b"")
                except ConnectionResetError:
                    pass  # what it did not read

    def test_both_where_a_header_is_not_needed(self):
        port = self.start(proxy_protocol_accept_no_header=True)
        self.source_of_a_stream(port)
        self.server.wait_log(" for 127.0.0.1:")
        self.source_of_a_stream(port, line("8.8.4.4"))
        self.server.wait_log(" for 8.8.4.4:")

    def test_limits_of_a_source_are_those_of_the_header(self):
        port = self.start(max_failures_per_source=1)
        with self.assertRaises((OSError, EOFError)):
            for _ in range(20):  # a failure counts once its connection is gone
                wire = self.keep(TlsWire(port, before=(line("8.8.4.4"),)))
                wire.send(peer.preamble("wrong"))
                wire.transcript()
                wire.close()
        self.keep(TlsWire(port, before=(line("8.8.8.8"),)))
        self.server.wait_log("connections of 8.8.4.4 are closed at once")


class OnProxies(Balanced):
    def start(self, kind, **more):
        self.proxy = anytls.start_config(self, {"type": kind, "tag": "in", "proxy_protocol": True, **more},
                                         {"type": "direct"})
        return self.proxy.port()

    def test_in_front_of_socks_and_http(self):
        target = self.keep(Target())
        greetings = {"socks": b"\5\1\0", "http": f"CONNECT 127.0.0.1:{target.port} HTTP/1.1\r\n\r\n".encode()}
        for kind, said in (("mixed", "socks"), ("mixed", "http"), ("socks", "socks"), ("http", "http")):
            port = self.start(kind)
            for cut in (0, 5, 30):
                with self.subTest(kind=kind, said=said, cut=cut), proxy.dial(port) as sock:
                    both = line("8.8.4.4") + greetings[said]
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    sock.sendall(both[:cut])
                    sock.sendall(both[cut:])
                    self.assertIn(proxy.read_exactly(sock, 2), (b"\5\0", b"HT"))

    def test_the_header_names_the_source(self):
        port = self.start("mixed")
        for name, (header, source) in HEADERS.items():
            with self.subTest(name), proxy.dial(port) as sock:
                before = self.proxy.log().count(f": {source}")
                sock.sendall(header + f"CONNECT 127.0.0.1:{self.nowhere()} HTTP/1.1\r\n\r\n".encode())
                self.assertEqual(proxy.read_exactly(sock, 2), b"HT")
                self.proxy.wait_log(lambda log, source=source, before=before: log.count(f": {source}") > before)

    def test_without_a_header_it_closes_without_a_word(self):
        with proxy.dial(self.start("mixed")) as sock:
            sock.sendall(b"\5\1\0")
            try:
                self.assertEqual(sock.recv(1), b"")
            except ConnectionResetError:
                pass  # what it did not read

    def test_both_where_a_header_is_not_needed(self):
        port = self.start("mixed", proxy_protocol_accept_no_header=True)
        for said in (b"\5\1\0", line("8.8.4.4") + b"\5\1\0"):
            with proxy.dial(port) as sock:
                sock.sendall(said)
                self.assertEqual(proxy.read_exactly(sock, 2), b"\5\0")
