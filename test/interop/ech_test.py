"""Encrypted ClientHello with the real sing-box, in both directions."""

import subprocess

import anytls
import ech
import proxy
import sing_box
from case import Case
from target import Target


def their_keys(name=ech.OUTER):
    done = subprocess.run([sing_box.BINARY, "generate", "ech-keypair", name], capture_output=True, text=True, check=True)
    return ech.blocks(done.stdout)


class Ech(Case):
    def setUp(self):
        self.cert = ech.certificate(self.folder)
        self.target = self.keep(Target())

    def fetch(self, client):
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def server(self, kind, keys):
        if kind == "ours":
            return ech.start_our_server(self, self.cert, ech.server_tls(keys))
        return sing_box.start_server(self, self.cert, tls=ech.server_tls(keys))

    @anytls.only_on("BoringSSL", "Encrypted ClientHello")
    def test_ours_to_sing_box(self):
        for keys in (their_keys(), ech.new_keys()):
            server = self.server("sing-box", keys)
            self.fetch(ech.start_our_client(self, server.port(), ech.client_tls(self.cert, keys)))

    @anytls.only_on("BoringSSL", "Encrypted ClientHello")
    def test_sing_box_to_ours(self):
        for keys in (their_keys(), ech.new_keys()):
            server = self.server("ours", keys)
            self.fetch(sing_box.start_client(self, server.port(), tls=ech.client_tls(self.cert, keys)))

    @anytls.only_on("BoringSSL", "Encrypted ClientHello")
    def test_ours_with_an_outdated_configuration_takes_the_one_that_the_server_sends(self):
        server = self.server("ours", their_keys())
        self.fetch(ech.start_our_client(self, server.port(), ech.client_tls(self.cert, their_keys())))

    @anytls.only_on("BoringSSL", "Encrypted ClientHello")
    def test_a_server_that_offers_no_other_configuration_is_said_to(self):
        """One without ECH; and sing-box's, which never says what it would take."""
        for server in (ech.start_our_server(self, self.cert, {}), sing_box.start_server(self, self.cert),
                       self.server("sing-box", their_keys())):
            with self.subTest(server=server.name):
                client = ech.start_our_client(self, server.port(), ech.client_tls(self.cert, their_keys()))
                with self.assertRaises((OSError, EOFError, AssertionError, proxy.Refused)):
                    self.fetch(client)
                client.wait_log("the server does not take our ECH configuration and offers no other")

    def test_fragments_are_put_together_by_sing_box(self):
        server = sing_box.start_server(self, self.cert)
        for fields in ({"fragment": True}, {"record_fragment": True}, {"fragment": True, "record_fragment": True}):
            with self.subTest(fields=fields):
                tls = {"enabled": True, "server_name": ech.INNER, "certificate_path": self.cert.cert,
                       "fragment_fallback_delay": "10ms", **fields}
                self.fetch(ech.start_our_client(self, server.port(), tls))

    def test_fragments_of_sing_box_are_put_together_by_ours(self):
        server = anytls.start_server(self, self.cert)
        for fields in ({"fragment": True}, {"record_fragment": True}):
            with self.subTest(fields=fields):
                tls = {"enabled": True, "server_name": ech.INNER, "insecure": True,
                       "fragment_fallback_delay": "10ms", **fields}
                self.fetch(sing_box.start_client(self, server.port(), tls=tls))
