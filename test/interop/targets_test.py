"""Targets by name, IPv4 and IPv6; targets that refuse, end early or break."""

import time

import proxy
import target
from pairs import every_pair


@every_pair
class Targets:
    def fetch(self, host, port):
        with proxy.socks5(self.proxy, host, port) as sock:
            sock.sendall(b"source 1000 3\n")
            return proxy.read_all(sock)

    def test_name_and_ipv4_and_ipv6(self):
        self.start()
        wanted = b"".join(target.stream(1000, 3))
        self.assertEqual(self.fetch("127.0.0.1", self.target.port), wanted)
        self.assertEqual(self.fetch("localhost", self.target.port), wanted)
        six = self.keep(target.Target("::1"))
        self.assertEqual(self.fetch("::1", six.port), wanted)

    def test_refused_target_ends_the_connection_with_nothing(self):
        self.start()
        port, held = target.closed_port()
        self.keep(held)
        began = time.monotonic()
        got = None
        try:
            got = self.fetch("127.0.0.1", port)
        except (proxy.Refused, OSError, EOFError):
            pass
        self.assertIn(got, (None, b""))
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(len(self.fetch("127.0.0.1", self.target.port)), 1000)

    def test_unknown_name_ends_the_connection_with_nothing(self):
        self.start()
        got = None
        try:
            got = self.fetch("no-such-host.invalid", 80)
        except (proxy.Refused, OSError, EOFError):
            pass
        self.assertIn(got, (None, b""))

    def test_target_that_resets_in_the_middle(self):
        self.start()
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"reset 5000 4\n")
            self.assertEqual(proxy.read_exactly(sock, 5000), b"".join(target.stream(5000, 4)))
            if self.client_kind == self.server_kind == "ours":
                with self.assertRaises(ConnectionResetError):
                    sock.recv(1)
            else:  # behind sing-box it comes as a FIN, which nobody can tell from an end
                try:
                    self.assertEqual(sock.recv(1), b"")
                except ConnectionResetError:
                    pass

    def test_application_that_resets_in_the_middle_frees_the_target(self):
        self.start()
        sock = proxy.socks5(self.proxy, "127.0.0.1", self.target.port)
        sock.sendall(b"source 1000000000 5\n")
        proxy.read_exactly(sock, 100000)
        target.reset(sock)
        deadline = time.monotonic() + 10
        while self.target.open_connections() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.target.open_connections(), 0)
        self.assertEqual(len(self.fetch("127.0.0.1", self.target.port)), 1000)
