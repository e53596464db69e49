"""A wrong password: the application gets an error soon, our client says why, and honest clients are undisturbed."""

import time

import anytls
import proxy
from pairs import every_pair


@every_pair
class WrongPassword:
    def attempt(self):
        """Bytes that the application received, or None for an error."""
        try:
            with proxy.socks5(self.proxy, "127.0.0.1", self.target.port, timeout=15) as sock:
                sock.sendall(b"source 1000 1\n")
                return proxy.read_all(sock)
        except TimeoutError:
            self.fail("the application hangs")
        except (proxy.Refused, OSError, EOFError):
            return None

    def test_application_gets_an_error_and_nothing_hangs(self):
        self.start_server()
        self.start_client(password="wrong")
        began = time.monotonic()
        if self.client_kind == "ours":
            self.assertIsNone(self.attempt())
        else:
            self.assertFalse(self.attempt())
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.target.accepted, 0)

    def test_our_client_says_so_once_in_a_while(self):
        if self.client_kind != "ours":
            self.skipTest("about the messages of our client")
        self.start_server()
        self.start_client(password="wrong")
        for _ in range(5):
            self.attempt()
        line = (f"anytls-out (127.0.0.1:{self.wire.port}): the server closed the connection right after "
                "authentication: wrong password?")
        log = self.client.wait_log(line)
        said = [one for one in log.splitlines() if line in one and "WARN" in one]
        self.assertEqual(len(said), 1, log)
        self.assertNotIn("'wrong'", log)

    def test_honest_client_is_undisturbed(self):
        self.start_server()
        self.start_client(password="wrong")
        wrong = self.proxy
        self.start_client()
        right = self.proxy
        for self.proxy, size in ((right, 1000), (wrong, 0), (right, 1000)):
            self.assertEqual(len(self.attempt() or b""), size)
        self.assertNotIn(anytls.PASSWORD, self.client.log())
