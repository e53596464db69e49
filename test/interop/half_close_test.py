"""An application that ends its request with a half-close still gets the whole answer, however late it comes."""

import socket

import proxy
import target
from pairs import pairs_where


@pairs_where(lambda client, server: client == "ours")  # as a client sing-box loses the answer
class HalfClose:
    def ask(self, opened, size, seconds):
        with opened as sock:
            sock.sendall(b"late %d 6 %s\n" % (size, str(seconds).encode()))
            sock.shutdown(socket.SHUT_WR)
            return proxy.read_all(sock)

    def test_late_answer_is_whole(self):
        self.start()
        for size in (1, 100000, 8 << 20):
            with self.subTest(size=size):
                got = self.ask(proxy.socks5(self.proxy, "127.0.0.1", self.target.port), size, 1.5)
                self.assertEqual(got, b"".join(target.stream(size, 6)))

    def test_through_connect_and_socks4(self):
        self.start()
        for opened in (proxy.connect(self.proxy, "localhost", self.target.port),
                       proxy.socks4a(self.proxy, "localhost", self.target.port)):
            self.assertEqual(self.ask(opened, 100000, 0.5), b"".join(target.stream(100000, 6)))

    def test_session_is_used_again_after_it(self):
        self.start()
        for _ in range(5):
            self.ask(proxy.socks5(self.proxy, "127.0.0.1", self.target.port), 1000, 0.05)
        self.assertEqual(len(self.wire.connections), 1)
