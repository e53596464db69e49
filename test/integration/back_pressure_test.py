"""A slow reader holds back its sender and costs no memory, on either side."""

import socket
import threading
import time

import anytls
import proxy
from case import Case
from target import Target

GIB = 1 << 30
MIB = 1 << 20


class BackPressure(Case):
    def setUp(self):
        if anytls.sanitized():
            self.skipTest("memory under a sanitizer says nothing")
        self.server, self.client = anytls.start_pair(self)
        self.target = self.keep(Target())
        with self.open() as sock:  # whatever the first stream costs once
            sock.sendall(b"source 1000000 1\n")
            proxy.read_all(sock)
        self.before = {program: program.pss() for program in (self.server, self.client)}

    def open(self):
        return proxy.socks5(self.client.port(), "127.0.0.1", self.target.port)

    def assert_small(self):
        """Two threads' buffers, where transfers grow them to 4 x 512 KiB each, and what a stuck end holds."""
        for program, before in self.before.items():
            growth = program.pss() - before
            self.assertLess(growth, 6 * MIB, f"{program.name} has grown by {growth / MIB:.1f} MiB")

    def test_slow_download(self):
        with self.open() as sock:
            sock.sendall(b"source %d 1\n" % GIB)
            for _ in range(50):  # 1 MiB/s for five seconds
                proxy.read_exactly(sock, MIB // 10)
                time.sleep(0.1)
                self.assert_small()

    def test_target_that_does_not_read(self):
        with self.open() as sock:
            sock.sendall(b"hold\n")
            sock.settimeout(1)
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < GIB:
                    sent += sock.send(bytes(65536))
            self.assertLess(sent, 64 * MIB)
            self.assert_small()

    def test_twenty_slow_downloads(self):
        socks = [self.keep(self.open()) for _ in range(20)]
        for sock in socks:
            sock.sendall(b"source %d 1\n" % GIB)
        time.sleep(2)
        for program, before in self.before.items():
            self.assertLess(program.pss() - before, 20 * 2 * MIB)

    def test_slow_stream_does_not_slow_the_others(self):
        with self.open() as slow, self.open() as fast:
            slow.sendall(b"source %d 1\n" % GIB)
            time.sleep(0.5)
            began = time.monotonic()
            fast.sendall(b"source %d 1\n" % (16 * MIB))
            self.assertEqual(len(proxy.read_all(fast)), 16 * MIB)
            self.assertLess(time.monotonic() - began, 5)

    def test_download_goes_on_after_a_pause(self):
        size = 32 * MIB
        with self.open() as sock:
            sock.sendall(b"source %d 1\n" % size)
            proxy.read_exactly(sock, MIB)
            time.sleep(1)
            self.assertEqual(len(proxy.read_all(sock)), size - MIB)

    def test_upload_and_download_stuck_at_once(self):
        with self.open() as sock:
            sock.sendall(b"echo\n")
            sender = threading.Thread(target=self.pour, args=(sock,), daemon=True)
            sender.start()
            time.sleep(2)
            self.assert_small()
            sock.shutdown(socket.SHUT_RDWR)
            sender.join(5)

    @staticmethod
    def pour(sock):
        try:
            for _ in range(GIB // 65536):
                sock.sendall(bytes(65536))
        except OSError:
            pass
