"""Authenticated clients that want the server's memory: it stays below the numbers of docs/architecture.md."""

import signal
import socket
import threading
import time

import anytls
import peer
import proxy
from case import Case
from target import BlackHole, Target

MIB = 1 << 20


class ServerBounds(Case):
    def setUp(self):
        self.server = anytls.start_server(self, anytls.certificate(self.folder), extra=["--threads", "1"])
        self.port = self.server.port()
        self.target = self.keep(Target())
        # The thread's buffers are made by the first traffic.
        warm = self.keep(peer.client(self.port))
        peer.open_stream(warm, 1, self.target.port)
        warm.send(peer.frame(peer.PSH, 1, b"source 5000000 1\n"))
        got = 0
        while got < 5000000:
            got += len(warm.read_until(peer.PSH)[1])
        self.before = self.server.pss()
        self.descriptors = self.server.descriptors()

    def grown(self):
        return self.server.pss() - self.before

    def assert_grown_less(self, most):
        if not anytls.sanitized():
            self.assertLess(self.grown(), most, f"{self.grown() / MIB:.1f} MiB")
        print(f"{self.id().split('.')[-1]}: {self.grown() / MIB:.2f} MiB, {self.server.descriptors()} descriptors")

    def send_until_stuck(self, session, piece, most, patience=1.5):
        """Bytes that were taken, up to `most`."""
        session.sock.settimeout(patience)
        sent = 0
        try:
            while sent < most:
                session.send(piece)
                sent += len(piece)
        except TimeoutError:
            pass
        return sent

    def assert_alive(self, session=None):
        """A session, else a new one, is answered."""
        session = session or self.keep(peer.client(self.port))
        session.sock.settimeout(proxy.TIMEOUT)
        session.send(peer.frame(peer.HEART_REQUEST, 77))
        while session.read_until(peer.HEART_RESPONSE)[0] != 77:
            pass

    def wait_for_descriptors(self, most, timeout):
        deadline = time.monotonic() + timeout
        while self.server.descriptors() > most and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertLessEqual(self.server.descriptors(), most)

    def test_waste(self):
        session = self.keep(peer.client(self.port))
        waste = peer.frame(peer.WASTE, 0, bytes(65535))
        for _ in range(500):
            session.send(waste)
        self.assert_alive(session)
        self.assert_grown_less(1 * MIB)

    def test_questions_whose_answers_are_not_read(self):
        session = self.keep(peer.client(self.port))
        sent = self.send_until_stuck(session, peer.frame(peer.HEART_REQUEST, 1) * 2000, 64 * MIB)
        self.assertLess(sent, 64 * MIB, "the server goes on reading")
        self.assert_grown_less(6 * MIB)  # 256 KiB and the answers to one read, in a buffer that grows by doubling
        self.assert_alive()

    def test_streams_refused_whose_answers_are_not_read(self):
        session = self.keep(peer.client(self.port))
        flood = b"".join(peer.frame(peer.SYN, number) for number in range(1, 5000))
        sent = self.send_until_stuck(session, flood, 64 * MIB)
        self.assertLess(sent, 64 * MIB, "the server goes on reading")
        self.assert_grown_less(6 * MIB)
        self.assert_alive()

    def test_downloads_that_are_not_read(self):
        session = self.keep(peer.client(self.port))
        for number in range(1, 101):
            peer.open_stream(session, number, self.target.port)
            session.send(peer.frame(peer.PSH, number, b"source 10000000 1\n"))
        time.sleep(2)
        self.assert_grown_less(16 * MIB)
        self.assert_alive()

    def storm(self, session, port, count, payload):
        for number in range(1, count + 1):
            peer.open_stream(session, number, port)
            session.send(peer.frame(peer.PSH, number, payload) if payload else b"", peer.frame(peer.FIN, number))

    def reader(self, session):
        """Somebody reads the answers, so that the server never has to wait with them."""
        def drain():
            try:
                while session.sock.recv(1 << 16):
                    pass
            except OSError:
                pass

        threading.Thread(target=drain, daemon=True).start()

    def test_storm_of_fins_while_dialling(self):
        hole = self.keep(BlackHole())
        if not hole.works:
            self.cannot("this kernel lets everybody in")
        session = self.keep(peer.client(self.port))
        flood = b"".join(peer.opening(number, hole.port) + peer.frame(peer.FIN, number) for number in range(1, 20001))
        # It wakes up to as much as one read takes: nearly 5,000 streams begin and end before the first of them runs.
        self.server.send(signal.SIGSTOP)
        sender = threading.Thread(target=session.send, args=(flood,))
        sender.start()
        time.sleep(0.5)
        self.server.send(signal.SIGCONT)
        sender.join()
        self.assert_alive(session)
        self.assertLess(self.server.descriptors(), self.descriptors + 20)
        self.assert_grown_less(16 * MIB)

    def test_storm_of_fins_with_data_while_dialling(self):
        hole = self.keep(BlackHole())
        if not hole.works:
            self.cannot("this kernel lets everybody in")
        session = self.keep(peer.client(self.port))
        self.storm(session, hole.port, 1000, bytes(60000))
        self.assert_alive(session)
        self.wait_for_descriptors(self.descriptors + 256 + 10, 3)  # the places, and a few that are being cut
        self.assert_grown_less(40 * MIB)
        session.close()
        self.wait_for_descriptors(self.descriptors + 10, 15)

    def test_storm_of_fins_to_a_target_that_stays(self):
        """Its kernel takes the connection, and nobody ever closes it."""
        lazy = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.keep(lazy)
        session = self.keep(peer.client(self.port))
        self.reader(session)
        for _ in range(3):
            self.storm(session, lazy.getsockname()[1], 1000, b"data")
            time.sleep(0.5)
            self.assertLessEqual(self.server.descriptors(), self.descriptors + 2 * 256 + 10)
        self.assert_grown_less(16 * MIB)
        self.assert_alive()
        self.wait_for_descriptors(self.descriptors + 10, 20)

    def test_uploads_to_targets_that_do_not_read(self):
        session = self.keep(peer.client(self.port))
        self.reader(session)
        for number in range(1, 257):
            peer.open_stream(session, number, self.target.port)
            session.send(peer.frame(peer.PSH, number, b"hold\n"))
        session.sock.settimeout(3)
        piece = bytes(60000)
        try:
            for _ in range(100):
                for number in range(1, 257):
                    session.send(peer.frame(peer.PSH, number, piece))
        except TimeoutError:
            pass
        self.assert_grown_less(100 * MIB)
        self.assert_alive()

    def test_handshakes_that_stop_half_way(self):
        hello = peer.client_hello()
        for number in range(500):
            one = self.keep(socket.create_connection(("127.0.0.1", self.port)))
            one.sendall(hello[:-1] if number % 2 else hello)
        time.sleep(0.5)
        # OpenSSL holds a buffer of a record each way, and one of a message.
        each = 40 if anytls.tls_library() == "BoringSSL" else 56
        self.assert_grown_less(500 * each * 1024)
        self.assert_alive()
