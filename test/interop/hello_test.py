"""Our client, with Chrome's hello and with the plain one, and the real sing-box as server."""

import anytls
import proxy
import sing_box
from case import Case
from pass_through import PassThrough
from target import Target

INSISTS = "insists on an ALPN of its own"


class Hello(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    def fetch(self, tls, *extra):
        """One request; the client's log."""
        server = sing_box.start_server(self, self.cert, tls=tls)
        wire = self.keep(PassThrough(server.port()))
        client = anytls.start_client(self, wire.port, cert=self.cert, extra=extra)
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 100000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 100000)
        self.connections = len(wire.connections)
        return client.log()

    def test_is_taken_whatever_the_server_is_configured_to(self):
        for tls in ({}, {"alpn": ["h2"]}, {"alpn": ["http/1.1"]}, {"min_version": "1.3"}, {"max_version": "1.2"}):
            with self.subTest(tls=tls):
                self.assertNotIn(INSISTS, self.fetch(tls))
                self.assertEqual(self.connections, 1)

    def test_a_server_with_an_alpn_that_chrome_does_not_know_is_reached_by_a_second_connection(self):
        self.assertIn(INSISTS, self.fetch({"alpn": ["anytls"]}))
        self.assertEqual(self.connections, 2)

    def test_the_plain_hello_offers_nothing_to_refuse(self):
        self.assertNotIn(INSISTS, self.fetch({"alpn": ["anytls"]}, "--client-fingerprint", "none"))
        self.assertEqual(self.connections, 1)
