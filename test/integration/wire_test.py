"""The default padding scheme as an observer sees it: plaintext sizes of the first TLS records of a session."""

import time

import anytls
import proxy
from case import Case
from pass_through import PassThrough
from target import Target

# `v=2`, the client text below, the md5 of the scheme; then SYN, and PSH with an IPv4 address. Under 93 bytes, so that
# even the smallest packet 1 is padded to what the scheme says.
CLIENT_TEXT = "test/1"


class Wire(Case):
    def setUp(self):
        cert = anytls.certificate(self.folder)
        server = anytls.start_server(self, cert)
        self.target = self.keep(Target())
        self.wire = self.keep(PassThrough(server.port()))
        client = anytls.start_client(self, self.wire.port, cert=cert, extra=["--client", CLIENT_TEXT])
        self.proxy = client.port()

    def open(self):
        return proxy.socks5(self.proxy, "127.0.0.1", self.target.port)

    def exchange(self, sock, data):
        sock.sendall(data)
        self.assertEqual(proxy.read_exactly(sock, len(data)), data)

    def records(self, count):
        deadline = time.monotonic() + 5
        while len(self.wire.connections[0].sent()) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.wire.connections[0].sent()

    def assert_sizes(self, sizes, ranges):
        self.assertEqual(len(sizes), len(ranges), sizes)
        for number, (size, (low, high)) in enumerate(zip(sizes, ranges)):
            self.assertTrue(low <= size < high, f"record {number} has {size} bytes, not {low}..{high}: {sizes}")

    def test_first_eight_packets(self):
        with self.open() as sock:
            sock.sendall(b"echo\n")  # packet 2
            self.records(3)
            for _ in range(7):  # packets 3 to 9
                self.exchange(sock, bytes(50))
            sizes = self.records(11)
        self.assert_sizes(sizes[:11], [(64, 65), (100, 400), (400, 500), (9, 10), (500, 1000), (500, 1000), (500, 1000),
                                       (500, 1000), (500, 1000), (57, 58), (57, 58)])

    def test_large_second_packet_is_cut_to_the_sizes(self):
        with self.open() as sock:
            sock.sendall(b"echo\n" + bytes(2995))
            proxy.read_exactly(sock, 2995)
            sizes = self.records(6)
        self.assert_sizes(sizes[:2], [(64, 65), (100, 400)])
        self.assert_sizes(sizes[2:6], [(400, 500), (500, 1000), (500, 1000), (500, 1000)])
        self.assertGreaterEqual(sum(sizes[2:]), 3007)

    def test_second_stream_goes_on_with_the_count(self):
        for _ in range(2):
            with self.open() as sock:
                sock.sendall(b"source 10 1\n")
                proxy.read_all(sock)
            time.sleep(0.1)
        sizes = self.records(6)
        self.assertEqual(len(self.wire.connections), 1)
        # packets 0 to 2 of the first stream; SYN and address are packet 3, the payload packet 4
        self.assert_sizes(sizes, [(64, 65), (100, 400), (400, 500), (9, 10), (500, 1000), (500, 1000)])

    def test_no_planned_record_is_over_the_largest_of_tls(self):
        with self.open() as sock:
            sock.sendall(b"sha 1000000\n" + bytes(1000000))
            proxy.read_exactly(sock, 64)
        self.assertLessEqual(max(self.wire.connections[0].sent()), 16384)
