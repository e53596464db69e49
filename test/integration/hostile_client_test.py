"""What no honest client sends: the server answers nothing, survives, and honest sessions do not notice."""

import os
import socket
import struct
import time

import anytls
import peer
import proxy
from case import Case
from target import Target


class HostileClient(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.server = anytls.start_server(self, self.cert, extra=["--log-level", "debug"])
        self.port = self.server.port()
        self.target = self.keep(Target())
        # An honest session with a stream in the middle of its life, which must live through everything.
        self.honest = self.keep(peer.client(self.port))
        peer.open_stream(self.honest, 1, self.target.port)
        self.honest.send(peer.frame(peer.PSH, 1, b"echo\n"))

    def tearDown(self):
        self.assertTrue(self.server.alive(), "the server has ended")
        self.echo(self.honest, 1, b"still here")

    def echo(self, session, stream, data):
        session.send(peer.frame(peer.PSH, stream, data))
        got = b""
        while len(got) < len(data):
            number, piece = session.read_until(peer.PSH)
            self.assertEqual(number, stream)
            got += piece
        self.assertEqual(got, data)

    def assert_refused(self, *pieces, pause=0.0, within=5):
        """The server closes and has answered nothing."""
        with peer.tls_client(self.port) as sock:
            began = time.monotonic()
            try:
                for piece in pieces:
                    sock.sendall(piece)
                    time.sleep(pause)
            except OSError:
                return
            self.assertTrue(peer.Session(sock).ended(), "the server answered")
            self.assertLess(time.monotonic() - began, within * anytls.PATIENCE)

    def test_not_tls(self):
        for garbage in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(4096), b"\0",
                        b"\x16\x03\x01\xff\xff" + bytes(9)):
            with socket.create_connection(("127.0.0.1", self.port), 15) as sock:
                sock.sendall(garbage)
                sock.shutdown(socket.SHUT_WR)
                try:
                    answer = proxy.read_all(sock)
                except ConnectionError:
                    continue
                self.assertLessEqual(len(answer), 14, answer)  # at most TLS alerts

    def test_http_over_tls(self):
        self.assert_refused(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", within=1)
        self.assert_refused(b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a long one\r\n\r\n", within=1)

    def test_random_bytes_over_tls(self):
        for size in (1, 33, 34, 64, 16384, 100000):
            self.assert_refused(os.urandom(size))

    def test_half_a_preamble(self):
        self.assert_refused(peer.preamble()[:20], within=1)
        self.assert_refused(peer.preamble()[:33], within=1)

    def test_preamble_in_pieces_of_one_byte(self):
        self.assert_refused(*(bytes([one]) for one in peer.preamble()), pause=0.002)

    def test_wrong_password(self):
        self.assert_refused(peer.preamble("wrong"), within=1)
        self.assert_refused(peer.preamble("wrong", padding=65535), within=1)

    def test_padding_of_65535_bytes(self):
        session = self.keep(peer.client(self.port, padding=65535))
        peer.open_stream(session, 1, self.target.port)
        session.send(peer.frame(peer.PSH, 1, b"echo\n"))
        self.echo(session, 1, b"after a large padding")

    def test_padding_that_never_comes_ends_under_the_deadline(self):
        with peer.tls_client(self.port) as sock:
            sock.settimeout(20)
            sock.sendall(peer.preamble(padding=1000)[:500])
            self.assertTrue(peer.Session(sock).ended())

    def test_stream_before_settings_is_an_alert(self):
        session = self.keep(peer.Session(peer.tls_client(self.port)))
        session.send(peer.preamble(), peer.frame(peer.SYN, 1))
        self.assertEqual(session.read(), (peer.ALERT, 0, b"client did not send its settings"))
        self.assertTrue(session.ended())

    def test_unknown_commands_are_skipped_with_their_data(self):
        session = self.keep(peer.client(self.port))
        for command in (11, 77, 255):
            session.send(peer.frame(command, 1, os.urandom(65535)), peer.frame(command, 9))
        peer.open_stream(session, 1, self.target.port)
        session.send(peer.frame(200, 1, b"between"), peer.frame(peer.PSH, 1, b"echo\n"))
        self.echo(session, 1, b"the boundary is kept")

    def test_commands_with_data_that_should_have_none(self):
        session = self.keep(peer.client(self.port))
        session.send(peer.frame(peer.SYN, 1, b"unexpected"),
                     peer.frame(peer.PSH, 1, proxy.socks_address("127.0.0.1", self.target.port)),
                     peer.frame(peer.HEART_RESPONSE, 0, b"unexpected"), peer.frame(peer.PSH, 1, b"echo\n"))
        self.echo(session, 1, b"the boundary is kept")
        session.send(peer.frame(peer.FIN, 1, b"unexpected"), peer.frame(peer.HEART_REQUEST, 5, b"unexpected"))
        self.assertEqual(session.read_until(peer.HEART_RESPONSE)[0], 5)

    def test_frames_for_dead_and_unknown_streams_are_dropped(self):
        session = self.keep(peer.client(self.port))
        session.send(peer.frame(peer.PSH, 99, b"nobody"), peer.frame(peer.FIN, 99), peer.frame(peer.PSH, 0, b"x"))
        peer.open_stream(session, 1, self.target.port)
        session.send(peer.frame(peer.FIN, 1), peer.frame(peer.PSH, 1, b"too late"), peer.frame(peer.FIN, 1))
        peer.open_stream(session, 2, self.target.port)
        peer.open_stream(session, 2, self.target.port)  # a live id again: ignored, its address is payload
        session.send(peer.frame(peer.HEART_REQUEST, 3))
        self.assertEqual(session.read_until(peer.HEART_RESPONSE)[0], 3)

    def test_server_commands_from_a_client(self):
        session = self.keep(peer.client(self.port))
        session.send(peer.frame(peer.UPDATE_SCHEME, 0, b"stop=1"), peer.frame(peer.SYNACK, 1, b"no"),
                     peer.frame(peer.SERVER_SETTINGS, 0, b"v=2"), peer.frame(peer.WASTE, 0, bytes(60000)))
        session.send(peer.frame(peer.HEART_REQUEST, 4))
        self.assertEqual(session.read_until(peer.HEART_RESPONSE)[0], 4)

    def test_malformed_targets(self):
        session = self.keep(peer.client(self.port))
        for number, address in enumerate((b"\0" * 20, b"\x02abc", b"\x03\0\0\x50", b"\xff" * 300), 1):
            session.send(peer.frame(peer.SYN, number), peer.frame(peer.PSH, number, address))
            stream, why = session.read_until(peer.SYNACK)
            self.assertEqual(stream, number)
            self.assertNotEqual(why, b"")

    def test_target_address_in_pieces_of_one_byte(self):
        session = self.keep(peer.client(self.port))
        session.send(peer.frame(peer.SYN, 1))
        for one in proxy.socks_address("localhost", self.target.port) + b"echo\n":
            session.send(peer.frame(peer.PSH, 1, bytes([one])))
        self.echo(session, 1, b"whole")

    def test_frame_cut_by_the_end_of_the_connection(self):
        for cut in (3, 7, 100):
            session = peer.client(self.port)
            session.send((peer.frame(peer.SYN, 1) + peer.frame(peer.PSH, 1, bytes(500)))[:7 + cut])
            session.close()

    def test_many_streams_that_never_name_a_target(self):
        session = self.keep(peer.client(self.port))
        session.send(*(peer.frame(peer.SYN, number) for number in range(1, 2000)))
        session.send(peer.frame(peer.HEART_REQUEST, 6))
        self.assertEqual(session.read_until(peer.HEART_RESPONSE)[0], 6)

    def test_garbage_after_a_good_preamble(self):
        for seed in range(20):
            with peer.tls_client(self.port) as sock:
                sock.sendall(peer.preamble() + peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT))
                sock.sendall(struct.pack("!I", seed) + os.urandom(3000))
