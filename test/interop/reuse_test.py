"""Sessions are used again: seen in the number of TCP connections to the server."""

import time

import proxy
from pairs import every_pair


@every_pair
class Reuse:
    def fetch(self, size=1000):
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source %d 1\n" % size)
            self.assertEqual(len(proxy.read_all(sock)), size)

    def test_twenty_requests_in_turn_take_one_connection(self):
        self.start()
        for _ in range(20):
            self.fetch()
            time.sleep(0.02)  # the client puts the session back after the application saw the end
        self.assertEqual(len(self.wire.connections), 1)

    def test_applications_that_close_first(self):
        self.start()
        for _ in range(20):
            with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
                sock.sendall(b"echo\nhello")
                self.assertEqual(proxy.read_exactly(sock, 5), b"hello")
            time.sleep(0.02)
        self.assertEqual(len(self.wire.connections), 1)

    def test_after_the_connection_was_cut_a_new_one_is_made(self):
        self.start()
        self.fetch()
        self.wire.cut()
        time.sleep(0.3)
        self.fetch()
        self.assertEqual(len(self.wire.connections), 2)

    def test_the_new_one_is_resumed(self):
        self.start()
        for _ in range(3):
            self.fetch()
            self.wire.cut()
            time.sleep(0.3)
        ours = self.client_kind == "ours"  # the peer keeps no tickets
        self.assertEqual([one.resumed() for one in self.wire.connections], [False, ours, ours])

    def test_server_ends_and_another_takes_its_place(self):
        self.start()
        self.fetch()
        self.server.stop()
        self.start_server()
        self.wire.redirect(self.server.port())
        time.sleep(0.3)
        self.fetch()
