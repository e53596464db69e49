"""Bytes arrive whole and in order, in both directions, whatever their number."""

import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor

import proxy
import target
from pairs import every_pair

SIZES = (1, 2, 1000, 16384, 65535, 65536, 1 << 20, 64 << 20)


@every_pair
class Transfer:
    def test_download(self):
        self.start()
        for size in SIZES:
            with self.subTest(size=size), proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
                sock.sendall(b"source %d 7\n" % size)
                got = hashlib.sha256()
                while piece := sock.recv(1 << 18):
                    got.update(piece)
                self.assertEqual(got.hexdigest(), target.digest(size, 7))

    def test_upload(self):
        self.start()
        for size in SIZES:
            with self.subTest(size=size), proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
                sock.sendall(b"sha %d\n" % size)
                for piece in target.stream(size, 8):
                    sock.sendall(piece)
                self.assertEqual(proxy.read_exactly(sock, 64).decode(), target.digest(size, 8))

    def test_both_directions_at_once(self):
        self.start()
        size = 8 << 20
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock, ThreadPoolExecutor(1) as pool:
            sock.sendall(b"echo\n")

            def send():
                for piece in target.stream(size, 9):
                    sock.sendall(piece)

            sending = pool.submit(send)
            got = hashlib.sha256(proxy.read_exactly(sock, size)).hexdigest()
            sending.result()
        self.assertEqual(got, target.digest(size, 9))

    def test_thousand_requests_32_in_parallel(self):
        self.start()

        def one(number):
            size = 1 + number * 37 % 5000
            with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
                sock.sendall(b"source %d %d\n" % (size, number))
                return hashlib.sha256(proxy.read_all(sock)).hexdigest() == target.digest(size, number)

        with ThreadPoolExecutor(32) as pool:
            wrong = [number for number, right in enumerate(pool.map(one, range(1000))) if not right]
        self.assertEqual(wrong, [])
        self.assertEqual(self.target.accepted, 1000)

    def test_one_byte_at_a_time(self):
        self.start()
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.sendall(b"echo\n")
            for value in range(200):
                sock.sendall(bytes([value]))
                self.assertEqual(proxy.read_exactly(sock, 1)[0], value)
