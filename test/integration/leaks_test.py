"""Many connections come and go, in every way a connection can end: descriptors come back."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import anytls
import peer
import proxy
import target
from case import Case


class Leaks(Case):
    def setUp(self):
        self.server, self.client = anytls.start_pair(self)
        self.proxy = self.client.port()
        self.target = self.keep(target.Target())

    def descriptors(self):
        return self.server.descriptors(), self.client.descriptors()

    def assert_flat(self, cycle, rounds, slack=4):
        """Idle sessions may stay: slack is for them."""
        def run():
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(cycle, range(rounds)))

        run()
        time.sleep(0.5)
        before = self.descriptors()
        run()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if all(now <= then + slack for now, then in zip(self.descriptors(), before)):
                return
            time.sleep(0.1)
        self.fail(f"descriptors of server and client: {before} before, {self.descriptors()} after")

    def open(self):
        return proxy.socks5(self.proxy, "127.0.0.1", self.target.port)

    def test_whole_requests(self):
        def cycle(_):
            with self.open() as sock:
                sock.sendall(b"source 5000 1\n")
                proxy.read_all(sock)

        self.assert_flat(cycle, 400)

    def test_resets_and_aborts(self):
        def cycle(number):
            try:
                sock = self.open()
                sock.sendall((b"source 5000000 1\n", b"reset 100 1\n", b"hold\n", b"late 10 1 0.1\n")[number % 4])
                sock.settimeout(5)
                if number % 4 < 2:
                    proxy.read_exactly(sock, 100)
                target.reset(sock)
            except OSError:
                pass

        self.assert_flat(cycle, 200, slack=10)

    def test_refused_targets(self):
        port, held = target.closed_port()
        self.keep(held)

        def cycle(_):
            try:
                with proxy.socks5(self.proxy, "127.0.0.1", port) as sock:
                    proxy.read_all(sock)
            except (OSError, EOFError, proxy.Refused):
                pass

        self.assert_flat(cycle, 200)

    def test_garbage_at_the_server(self):
        port = self.server.port()

        def cycle(number):
            try:
                if number % 2:
                    with socket.create_connection(("127.0.0.1", port), 5) as sock:
                        sock.sendall(b"garbage")
                else:
                    with peer.tls_client(port) as sock:
                        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            except OSError:
                pass

        self.assert_flat(cycle, 200)

    def test_applications_that_leave_during_the_handshake(self):
        def cycle(number):
            with proxy.dial(self.proxy) as sock:
                begun = (b"", b"\5", b"\5\1\0", b"\5\1\0\5\1\0\3", b"CONNECT x:1 HTTP/1.1\r\n", b"\4\1")
                sock.sendall(begun[number % 6])

        self.assert_flat(cycle, 200)
