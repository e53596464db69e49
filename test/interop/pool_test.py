"""The warm pool against real servers: sessions ahead of use, heartbeats on the wire, what a dead server costs."""

import os
import signal
import time

import anytls
import proxy
from pairs import pairs_where


@pairs_where(lambda client, server: client == "ours")
class WarmPool:
    def fetch(self, size=1000):
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source %d 1\n" % size)
            self.assertEqual(len(proxy.read_all(sock)), size)

    def wait_for(self, what, condition, seconds=10):
        deadline = time.monotonic() + seconds * anytls.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def start_warm(self, *extra, target=5):
        self.start_server()
        self.start_client(extra=["--ensure-idle-session", str(target), "--log-level", "debug", *extra])
        self.wait_for("a warm pool", lambda: len(self.wire.connections) >= target)

    def test_is_filled_before_the_first_request_and_not_beyond_the_target(self):
        self.start_warm()
        time.sleep(0.5)
        self.assertEqual(len(self.wire.connections), 5)

    def test_requests_use_warm_sessions_and_their_places_are_refilled(self):
        self.start_warm()
        self.fetch()
        self.wait_for("a refill", lambda: len(self.wire.connections) == 6)
        time.sleep(0.3)
        self.assertEqual(len(self.wire.connections), 6)
        self.assertNotIn("no sessions available", self.client.log())

    def test_heartbeats_of_sessions_that_never_carried_a_stream_are_answered(self):
        self.start_warm("--heartbeat", "300ms", "--idle-session-timeout", "1m")
        # Down: session tickets and the answers to Settings and HeartRequest; each heartbeat adds one.
        self.wait_for("answers", lambda: all(len(c.down) >= 8 for c in self.wire.connections))
        self.assertNotIn("heartbeat_timeout", self.client.log())
        self.assertEqual(len(self.wire.connections), 5)

    def test_a_frozen_server_costs_its_sessions_and_the_pool_fills_again(self):
        self.start_warm("--heartbeat", "300ms", "--idle-session-timeout", "1m")
        # The first answers tell that this server has version 2: from then on silence is death.
        self.wait_for("answers", lambda: all(len(c.down) >= 4 for c in self.wire.connections))
        self.server.send(signal.SIGSTOP)
        self.wait_for("five dead sessions", lambda: self.client.log().count("heartbeat_timeout") >= 5)
        self.server.send(signal.SIGCONT)
        self.wait_for("a request", self.can_fetch, 20)

    def can_fetch(self):
        try:
            self.fetch()
            return True
        except (OSError, EOFError, AssertionError, proxy.Refused):
            return False

    def test_a_wrong_password_is_tried_by_one_session_at_a_time(self):
        self.start_server()
        self.start_client(password="wrong", extra=["--ensure-idle-session", "20"])
        self.client.wait_log("wrong password")
        time.sleep(3)
        # Steps of at most 1, 2, 4 s: an unlucky draw makes them short, a storm would be hundreds.
        self.assertLess(len(self.wire.connections), 15)
        self.assertEqual(self.client.log().count("wrong password"), 1)

    def test_a_long_upload_to_a_target_that_does_not_read_keeps_its_session(self):
        self.start_warm("--heartbeat", "200ms", "--idle-session-timeout", "1m", target=1)
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"hold\n")  # the target does not read on
            sock.settimeout(2)
            try:
                while True:
                    sock.sendall(os.urandom(1 << 16))
            except TimeoutError:
                pass
            time.sleep(3)
        self.assertNotIn("heartbeat_timeout", self.client.log())
