"""A server without a certificate makes one, keeps it, and prints a link that our client pins."""

import re
import urllib.parse

import anytls
import proxy
from anytls import BINARY, PASSWORD
from case import Case
from target import Target


class SelfSigned(Case):
    def setUp(self):
        self.target = self.keep(Target())

    def start_server(self, port=0, state="state", journal=None):
        environment = {"XDG_STATE_HOME": str(self.folder / state), "STATE_DIRECTORY": None, "JOURNAL_STREAM": journal}
        self.server = self.spawn("server", [BINARY, "server", "-l", f"127.0.0.1:{port}", "-p", PASSWORD],
                                 env=environment)
        self.port = self.server.port()
        return re.search(r"^anytls://\S+$", self.server.wait_log("anytls://"), re.M).group()

    def start_client(self, link):
        self.client = self.spawn("client", [BINARY, "client", "-l", "127.0.0.1:0", "-s", link])
        self.proxy = self.client.port()

    def works(self):
        try:
            with proxy.socks5(self.proxy, "127.0.0.1", self.target.port) as sock:
                sock.sendall(b"source 10 1\n")
                return len(proxy.read_all(sock)) == 10
        except (OSError, proxy.Refused):
            return False

    @staticmethod
    def pin(link):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["hpkp"]

    def test_certificate_is_kept_between_starts(self):
        first = self.start_server()
        self.assertIn("Made a self-signed certificate", self.server.log())
        self.server.stop()
        second = self.start_server()
        self.assertIn("Using the self-signed certificate", self.server.log())
        self.assertEqual(self.pin(first), self.pin(second))
        key = next(self.folder.glob("state/**/key.pem"))
        self.assertEqual(key.stat().st_mode & 0o077, 0)

    def test_printed_link_connects(self):
        link = self.start_server()
        self.assertIn("hpkp=", link)
        self.assertIn(f":{self.port}/", link)  # the bound one: the server was asked for port 0
        self.start_client(link)
        self.assertTrue(self.works())

    def test_no_link_where_the_server_cannot_start(self):
        done = anytls.call("server", "-l", f"127.0.0.1:{self.target.port}", "-p", PASSWORD,
                           env={"XDG_STATE_HOME": str(self.folder / "state"), "STATE_DIRECTORY": None})
        self.assertEqual((done.code, done.out), (1, ""))
        self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)

    def test_changed_certificate_is_refused_although_the_link_says_insecure(self):
        link = self.start_server()
        self.assertIn("insecure=1", link)
        self.server.stop()
        self.start_server(self.port, state="another")
        self.start_client(link)
        self.assertFalse(self.works())
        self.client.wait_log("certificate does not have the pinned fingerprint")
        self.assertEqual(self.target.accepted, 0)

    def test_password_of_the_link_is_hidden_where_the_output_is_a_journal(self):
        log = self.folder / "0-server.log"  # what the output of the first program goes to
        log.touch()
        link = self.start_server(journal=f"{log.stat().st_dev}:{log.stat().st_ino}")
        self.assertNotIn(PASSWORD, urllib.parse.unquote(link))

    def test_password_is_printed_in_a_terminal_that_a_service_started(self):
        """JOURNAL_STREAM is inherited by terminals of a desktop: only the named device and inode are a journal."""
        link = self.start_server(journal="8:1")
        self.assertIn(PASSWORD, urllib.parse.unquote(link))
