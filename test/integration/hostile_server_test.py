"""What no honest server sends: the client survives, and the application learns that its connection failed."""

import os
import time

import anytls
import peer
import proxy
from case import Case


class HostileServer(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)

    def start(self, serve, *extra):
        """`serve(session)` runs after the preamble of each session."""
        self.fake = self.keep(peer.Server(self.cert, peer.authenticated(serve)))
        self.client = anytls.start_client(self, self.fake.port, cert=self.cert, extra=extra)
        self.proxy = self.client.port()

    def tearDown(self):
        self.assertTrue(self.client.alive(), "the client has ended")

    def application(self):
        """What an application receives after it said hello; None where its connection broke."""
        try:
            with proxy.socks5(self.proxy, "target.example", 80, timeout=15) as sock:
                sock.sendall(b"hello")
                return proxy.read_all(sock)
        except (ConnectionError, EOFError, proxy.Refused):
            return None

    def answer(self, session, *frames):
        """Waits for the hello of stream 1, answers, ends the stream."""
        while session.read() != (peer.PSH, 1, b"hello"):
            pass
        session.send(*frames)
        session.read()

    def test_settings_and_target_come_first_and_hello_after(self):
        seen = []

        def serve(session):
            for _ in range(4):
                seen.append(session.read())
            session.send(peer.frame(peer.PSH, 1, b"done"), peer.frame(peer.FIN, 1))
            session.read()

        self.start(serve)
        self.assertEqual(self.application(), b"done")
        settings, *rest = seen
        self.assertEqual(settings[:2], (peer.SETTINGS, 0))
        lines = settings[2].decode().split("\n")
        self.assertIn("v=2", lines)
        self.assertIn(f"padding-md5={peer.DEFAULT_MD5}", lines)
        self.assertTrue(any(line.startswith("client=anytls") for line in lines), lines)
        self.assertEqual(rest, [(peer.SYN, 1, b""), (peer.PSH, 1, proxy.socks_address("target.example", 80)),
                                (peer.PSH, 1, b"hello")])

    def test_first_frame_of_an_unknown_command(self):
        def serve(session):
            session.send(peer.frame(72, 0, size=20527))  # "HTTP/1."; the rest never comes
            time.sleep(10)

        self.start(serve)
        began = time.monotonic()
        self.assertIsNone(self.application())
        self.assertLess(time.monotonic() - began, 5)
        self.client.wait_log("the server does not speak AnyTLS")

    def test_unknown_commands_later_are_skipped(self):
        self.start(lambda session: (peer.hello(session), self.answer(
            session, peer.frame(99, 1, os.urandom(65535)), peer.frame(peer.PSH, 1, b"a"), peer.frame(255, 7, b"data"),
            peer.frame(peer.PSH, 1, b"b"), peer.frame(peer.FIN, 1))))
        self.assertEqual(self.application(), b"ab")

    def test_frames_for_unknown_streams_are_dropped(self):
        self.start(lambda session: (peer.hello(session), self.answer(
            session, peer.frame(peer.PSH, 5, b"whose?"), peer.frame(peer.FIN, 5), peer.frame(peer.SYNACK, 9, b"no"),
            peer.frame(peer.PSH, 1, b"mine"), peer.frame(peer.FIN, 1, b"with data"))))
        self.assertEqual(self.application(), b"mine")

    def test_alert_is_said_and_ends_the_session(self):
        self.start(lambda session: self.answer(session, peer.frame(peer.ALERT, 0, b"account\nexpired \x1b[31m")))
        self.assertIsNone(self.application())
        log = self.client.wait_log("expired")
        self.assertNotIn("\x1b", log)

    def test_synack_with_an_error_is_a_reset(self):
        self.start(lambda session: (peer.hello(session), self.answer(
            session, peer.frame(peer.SYNACK, 1, b"no route to host"))))
        self.assertIsNone(self.application())
        self.client.wait_log("no route to host")

    def test_fin_after_data_does_not_truncate_it(self):
        data = os.urandom(3 << 20)
        frames = [peer.frame(peer.PSH, 1, data[at:at + 65535]) for at in range(0, len(data), 65535)]
        self.start(lambda session: self.answer(session, *frames, peer.frame(peer.FIN, 1)))
        self.assertEqual(self.application(), data)

    def test_session_that_dies_in_the_middle_is_a_reset(self):
        self.start(lambda session: (self.read_hello(session), session.send(peer.frame(peer.PSH, 1, b"part"))))
        self.assertIsNone(self.application())

    def read_hello(self, session):
        while session.read() != (peer.PSH, 1, b"hello"):
            pass

    def test_heart_requests_are_answered_with_their_id(self):
        seen = []

        def serve(session):
            self.read_hello(session)
            session.send(peer.frame(peer.HEART_REQUEST, 3), peer.frame(peer.HEART_REQUEST, 4, b"data"))
            seen.append(session.read())
            seen.append(session.read())
            session.send(peer.frame(peer.FIN, 1))
            session.read()

        self.start(serve)
        self.assertEqual(self.application(), b"")
        self.assertEqual(seen, [(peer.HEART_RESPONSE, 3, b""), (peer.HEART_RESPONSE, 4, b"")])

    def test_invalid_padding_scheme_is_said_and_not_used(self):
        self.start(lambda session: self.answer(
            session, peer.frame(peer.UPDATE_SCHEME, 0, b"0=1-1"), peer.frame(peer.PSH, 1, b"x"),
            peer.frame(peer.FIN, 1)), "--disable-reuse")
        self.assertEqual(self.application(), b"x")
        self.assertEqual(self.application(), b"x")
        self.client.wait_log("invalid padding scheme")

    def test_one_byte_in_each_frame(self):
        data = os.urandom(20000)
        self.start(lambda session: self.answer(
            session, *(peer.frame(peer.PSH, 1, bytes([one])) for one in data), peer.frame(peer.FIN, 1)))
        self.assertEqual(self.application(), data)
