"""The limits of `anytls server`, each set so low that a test can meet it."""

import socket
import time

import anytls
import peer
import proxy
from case import Case
from target import Target, closed_port


class ServerLimits(Case):
    def start(self, *extra):
        self.server = anytls.start_server(self, anytls.certificate(self.folder), extra=[*extra, "--log-level", "debug"])
        self.port = self.server.port()
        self.target = self.keep(Target())

    def shut_out(self):
        """Whether a new connection is closed before anything was said."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as sock:
            sock.settimeout(0.5)
            try:
                return sock.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

    def assert_alive(self, session):
        session.send(peer.frame(peer.HEART_REQUEST, 5))
        self.assertEqual(session.read_until(peer.HEART_RESPONSE)[0], 5)

    def test_defaults_let_a_large_pool_open_at_once(self):
        self.start("--limit-private-sources")
        sessions = [self.keep(peer.client(self.port)) for _ in range(100)]
        for one in sessions:
            self.assert_alive(one)

    def test_pending_connections_of_a_source(self):
        self.start("--limit-private-sources", "--max-pending-connections-per-source", "3")
        honest = peer.client(self.port)
        self.keep(honest)
        self.assert_alive(honest)
        waiting = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(3)]
        time.sleep(0.3)
        self.assertTrue(self.shut_out())
        self.assert_alive(honest)
        for one in waiting:
            one.close()
        time.sleep(0.3)
        self.assert_alive(self.keep(peer.client(self.port)))

    def test_private_sources_are_not_limited_unless_asked_for(self):
        """A reverse proxy in front has one address for everybody."""
        self.start("--max-pending-connections-per-source", "1", "--max-failures-per-source", "1",
                   "--max-handshakes-per-source", "1")
        for _ in range(10):
            with peer.tls_client(self.port) as sock:
                sock.sendall(b"not a client")
                sock.recv(1)
        waiting = [self.keep(socket.create_connection(("127.0.0.1", self.port))) for _ in range(10)]
        self.assertFalse(self.shut_out())
        self.assertEqual(len(waiting), 10)

    def test_failed_authentications(self):
        self.start("--limit-private-sources", "--max-failures-per-source", "5")
        honest = self.keep(peer.client(self.port))
        self.assert_alive(honest)
        for _ in range(5):
            with peer.tls_client(self.port) as sock:
                sock.sendall(peer.preamble("wrong"))
                sock.recv(1)
        time.sleep(0.3)
        self.assertTrue(self.shut_out())
        self.server.wait_log("too many failed authentications")
        self.assert_alive(honest)  # not affected
        peer.open_stream(honest, 1, self.target.port)
        self.assertEqual(honest.read_until(peer.SYNACK), (1, b""))

    def test_handshakes_per_second(self):
        self.start("--limit-private-sources", "--max-handshakes-per-source", "1")  # five in one go
        out = [self.shut_out() for _ in range(3)]
        self.assertEqual(out, [False] * 3)
        for _ in range(20):
            socket.create_connection(("127.0.0.1", self.port)).close()
        # What is left of a place may become a whole one just now; not twice.
        self.assertTrue(self.shut_out() or self.shut_out())
        self.server.wait_log("too many TLS handshakes")

    def test_streams_of_a_user_over_all_its_sessions(self):
        self.start("--max-streams-per-user", "2")
        one, other = (self.keep(peer.client(self.port)) for _ in range(2))
        peer.open_stream(one, 1, self.target.port)
        self.assertEqual(one.read_until(peer.SYNACK), (1, b""))
        peer.open_stream(other, 1, self.target.port)
        self.assertEqual(other.read_until(peer.SYNACK), (1, b""))
        peer.open_stream(other, 2, self.target.port)
        self.assertEqual(other.read_until(peer.SYNACK), (2, b"too many streams"))
        one.send(peer.frame(peer.FIN, 1))
        self.assert_alive(one)
        time.sleep(0.2)
        peer.open_stream(other, 3, self.target.port)
        self.assertEqual(other.read_until(peer.SYNACK), (3, b""))

    def test_idle_sessions(self):
        self.start("--idle-session-timeout", "1s")
        idle, busy = (self.keep(peer.client(self.port)) for _ in range(2))
        peer.open_stream(busy, 1, self.target.port)
        busy.send(peer.frame(peer.PSH, 1, b"echo\n"))
        began = time.monotonic()
        with self.assertRaises(EOFError):
            while True:
                idle.read()
        took = time.monotonic() - began
        self.assertTrue(0.9 < took < 3 * anytls.PATIENCE, took)
        time.sleep(1)
        busy.send(peer.frame(peer.PSH, 1, b"still"))
        self.assertEqual(busy.read_until(peer.PSH), (1, b"still"))

    def test_idle_sessions_stay_by_default(self):
        self.start()
        session = self.keep(peer.Session(peer.tls_client(self.port)))
        session.send(peer.preamble())
        time.sleep(12)  # longer than any deadline
        session.send(peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT))
        self.assertEqual(session.read_until(peer.SERVER_SETTINGS), (0, b"v=2"))

    def test_heartbeat(self):
        self.start("--heartbeat", "1s")
        lively, dead, warm = (self.keep(peer.client(self.port)), self.keep(peer.client(self.port)),
                              self.keep(peer.Session(peer.tls_client(self.port))))
        warm.send(peer.preamble())  # no settings yet: it cannot be asked
        for _ in range(3):
            stream, _ = lively.read_until(peer.HEART_REQUEST)
            lively.send(peer.frame(peer.HEART_RESPONSE, stream))
        dead.read_until(peer.HEART_REQUEST)
        self.assertTrue(dead.ended())
        warm.send(peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT))
        self.assertEqual(warm.read(), (peer.SERVER_SETTINGS, 0, b"v=2"))

    def test_keepalive_is_on(self):
        """A dead peer that can send no FIN is found out by TCP."""
        self.start()
        session = self.keep(peer.client(self.port))
        self.assert_alive(session)
        # Both ports: the kernel may be keeping another connection of that client's port in TIME_WAIT.
        ours, theirs = (f":{address[1]:04X}" for address in (session.sock.getpeername(), session.sock.getsockname()))

        def timer():
            """timer_active of the server's end: 02 is keepalive; 01, as long as something is not acknowledged."""
            with open("/proc/net/tcp", encoding="ascii") as table:
                rows = [line.split() for line in table.read().splitlines()[1:]]
            return [row[5].split(":")[0] for row in rows if row[1].endswith(ours) and row[2].endswith(theirs)]

        deadline = time.monotonic() + 5
        while timer() != ["02"] and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(timer(), ["02"])


class BlockPrivate(Case):
    ADDRESSES = ("127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
                 "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::", "224.0.0.1", "fe80::1", "fd00::1")

    def answer(self, session, number, host, port):
        peer.open_stream(session, number, port, host=host)
        stream, why = session.read_until(peer.SYNACK)
        self.assertEqual(stream, number)
        return why

    def test_private_targets_are_refused_by_address_and_by_name(self):
        target = self.keep(Target())
        session = self.keep(peer.client(
            anytls.start_server(self, anytls.certificate(self.folder), extra=["--block-private"]).port()))
        for number, host in enumerate(self.ADDRESSES, 1):
            self.assertEqual(self.answer(session, number, host, target.port), b"blocked by configuration", host)
        self.assertEqual(target.accepted, 0)

    def test_a_number_that_is_written_as_a_name_is_refused_where_another_proxy_dials(self):
        cert = anytls.certificate(self.folder)
        inbound = {"type": "anytls", "users": [{"password": anytls.PASSWORD}], "block_private": True,
                   "tls": {"enabled": True, "certificate_path": cert.cert, "key_path": cert.key}}
        port, held = closed_port()
        self.keep(held)
        behind = {"type": "socks", "server": "127.0.0.1", "server_port": port}
        session = self.keep(peer.client(anytls.start_config(self, inbound, behind).port()))
        for number, name in enumerate((b"127.0.0.1", b"127.0.0.1.", b"::1", b"[::1]", b"127.1", b"0x7f000001"), 1):
            domain = bytes([3, len(name)]) + name + (80).to_bytes(2, "big")
            session.send(peer.frame(peer.SYN, number), peer.frame(peer.PSH, number, domain))
            self.assertEqual(session.read_until(peer.SYNACK), (number, b"blocked by configuration"), name)

    def test_without_the_option_they_are_reached(self):
        target = self.keep(Target())
        session = self.keep(peer.client(anytls.start_server(self, anytls.certificate(self.folder)).port()))
        self.assertEqual(self.answer(session, 1, "127.0.0.1", target.port), b"")
        self.assertEqual(self.answer(session, 2, "localhost", target.port), b"")

    def test_public_targets_are_not_refused(self):
        """They may not be reachable from here; what matters is that nobody forbids it."""
        session = self.keep(peer.client(
            anytls.start_server(self, anytls.certificate(self.folder), extra=["--block-private"]).port()))
        self.assertNotEqual(self.answer(session, 1, "1.1.1.1", 9), b"blocked by configuration")
