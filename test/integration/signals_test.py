"""SIGTERM and SIGINT end both programs soon, with status 0."""

import signal
import time

import anytls
import proxy
from case import Case
from target import Target


class Signals(Case):
    def busy_pair(self):
        server, client = anytls.start_pair(self)
        target = self.keep(Target())
        sock = self.keep(proxy.socks5(client.port(), "127.0.0.1", target.port))
        sock.sendall(b"source 1000000000 1\n")
        proxy.read_exactly(sock, 100000)
        return server, client

    def test_sigterm_and_sigint_end_within_two_seconds(self):
        for what in (signal.SIGTERM, signal.SIGINT):
            for which in (0, 1):
                with self.subTest(signal=what, which=("server", "client")[which]):
                    program = self.busy_pair()[which]
                    began = time.monotonic()
                    self.assertEqual(program.stop(what), 0)
                    self.assertLess(time.monotonic() - began, 2)

    def test_a_transfer_that_is_cut_is_a_reset_and_not_an_end(self):
        for round in range(4):
            for which in (0, 1):
                with self.subTest(round=round, which=("server", "client")[which]):
                    server, client = anytls.start_pair(self, server_extra=["--threads", "2"],
                                                       client_extra=["--threads", "2"])
                    target = self.keep(Target())
                    with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
                        sock.sendall(b"source 1000000000 1\n")
                        proxy.read_exactly(sock, 100000)
                        (server, client)[which].send()
                        with self.assertRaises(ConnectionError):
                            proxy.read_all(sock)

    def test_idle_program_ends_at_once(self):
        for program in reversed(anytls.start_pair(self)):
            began = time.monotonic()
            self.assertEqual(program.stop(), 0)
            self.assertLess(time.monotonic() - began, 0.5 * anytls.PATIENCE)

    def test_second_signal_ends_at_once(self):
        for which in (0, 1):
            program = self.busy_pair()[which]
            program.send()
            time.sleep(0.1)
            began = time.monotonic()
            if program.alive():
                program.send()
            self.assertEqual(program.wait(), 0)
            self.assertLess(time.monotonic() - began, 0.3 * anytls.PATIENCE)
