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

    def test_two_that_were_killed_are_replaced_at_once(self):
        self.start_warm("--idle-session-check-interval", "1m", "--idle-session-timeout", "10m")
        time.sleep(0.3)
        for one in self.wire.open_connections()[:2]:
            one.cut()
        self.wait_for("two more", lambda: len(self.wire.connections) == 7)
        self.wait_for("five open", lambda: len(self.wire.open_connections()) == 5)

    def test_a_black_holed_session_is_replaced(self):
        self.start_warm("--heartbeat", "500ms", "--idle-session-timeout", "1m")
        self.wait_for("answers", lambda: all(len(c.down) >= 4 for c in self.wire.connections))
        self.wire.connections[2].frozen = True
        began = time.monotonic()
        self.wait_for("a sixth", lambda: len(self.wire.connections) == 6)
        # Interval and deadline, 500 ms each.
        self.assertLess(time.monotonic() - began, 2 * anytls.PATIENCE)

    def test_the_rate_is_honoured(self):
        self.start_server()
        self.start_client(extra=["--ensure-idle-session", "3", "--ensure-idle-session-create-rate", "1",
                                 "--idle-session-check-interval", "2s", "--idle-session-timeout", "10m"])
        self.wait_for("the first", lambda: len(self.wire.connections) == 1)
        time.sleep(1)
        self.assertEqual(len(self.wire.connections), 1)
        self.wait_for("the second", lambda: len(self.wire.connections) == 2)
        time.sleep(1)
        self.assertEqual(len(self.wire.connections), 2)
        self.wait_for("the third", lambda: len(self.wire.connections) == 3)

    def test_rotation_keeps_the_pool_full(self):
        self.start_warm("--max-connection-lifetime", "6s", "--connection-lifetime-jitter", "3s",
                        "--idle-session-check-interval", "200ms", "--idle-session-timeout", "10m")
        time.sleep(0.5)
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline:
            self.assertGreaterEqual(len(self.wire.open_connections()), 5)
            time.sleep(0.05)
        self.assertGreaterEqual(len(self.wire.connections), 8)  # they did rotate
        self.assertLess(len(self.wire.connections), 30)

    def test_a_slow_reader_keeps_its_session(self):
        self.start_warm("--heartbeat", "200ms", "--idle-session-timeout", "1m", target=1)
        with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source %d 1\n" % (32 << 20))
            time.sleep(3)
            self.assertEqual(len(proxy.read_all(sock)), 32 << 20)
        self.assertNotIn("heartbeat_timeout", self.client.log())

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
