"""Certificates of clients: ours at servers of OpenSSL, and at ours."""

import pathlib
import ssl

import anytls
import openssl
import peer
import proxy
from case import Case
from target import Target

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class ClientCertificates(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.issuer = openssl.authority(self.folder, "DNS:issuer.example")
        self.own = openssl.issued(self.folder, self.issuer, "client.example", usage="clientAuth")
        self.seen = []

    def start_client(self, port, tag="anytls-out", **tls):
        outbound = {"type": "anytls", "tag": tag, "server": "127.0.0.1", "server_port": port,
                    "password": anytls.PASSWORD,
                    "tls": {"enabled": True, "server_name": "localhost", "certificate_path": self.cert.cert, **tls}}
        return anytls.start_config(self, {"type": "mixed"}, outbound)

    def own_tls(self):
        return {"client_certificate": pathlib.Path(self.own.cert).read_text().splitlines(),
                "client_key_path": self.own.key}

    def fails(self, client, sentence, port):
        with self.assertRaises((proxy.Refused, OSError, EOFError)):
            with proxy.socks5(client.port(), "target.example", 80, timeout=15) as sock:
                sock.sendall(b"hello\n")
                if not sock.recv(1):
                    raise EOFError
        client.wait_log(lambda log: any(sentence in line and "anytls-out" in line and f"127.0.0.1:{port}" in line
                                        for line in log.splitlines()))

    def openssl_server(self, version, roots):
        context = peer.server_context(self.cert)
        context.minimum_version = context.maximum_version = VERSIONS[version]
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(roots.cert)

        def serve(session):
            self.seen.append(session.sock.getpeercert()["subject"])
            while session.read()[0] != peer.SYN:
                pass
            session.send(peer.frame(peer.PSH, 1, b"hello"), peer.frame(peer.FIN, 1))
            session.read()

        return self.keep(peer.Server(context, peer.authenticated(serve))).port

    def test_is_shown_to_a_server_that_asks(self):
        for version in VERSIONS:
            client = self.start_client(self.openssl_server(version, self.issuer), **self.own_tls())
            with proxy.socks5(client.port(), "target.example", 80) as sock:
                self.assertEqual(proxy.read_all(sock), b"hello")
            self.assertEqual(self.seen.pop(), ((("commonName", "client.example"),),))

    def test_missing_is_said(self):
        for version in VERSIONS:
            port = self.openssl_server(version, self.issuer)
            self.fails(self.start_client(port), "the server demands a client certificate and was shown none", port)

    def test_of_an_issuer_that_the_server_does_not_know_is_said(self):
        for version in VERSIONS:
            port = self.openssl_server(version, self.cert)
            self.fails(self.start_client(port, **self.own_tls()),
                       "the server does not trust the issuer of the client certificate", port)

    def start_our_server(self, **tls):
        inbound = {"type": "anytls", "tag": "anytls-in", "users": [{"name": "u", "password": anytls.PASSWORD}],
                   "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key, **tls}}
        return anytls.start_config(self, inbound, {"type": "direct"})

    def through(self, client):
        target = self.keep(Target())
        with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def test_our_server_lets_in_whom_it_can_verify_and_nobody_else(self):
        server = self.start_our_server(client_authentication="require-and-verify",
                                       client_certificate_path=[self.issuer.cert])
        self.through(self.start_client(server.port(), **self.own_tls()))
        port = server.port()
        self.fails(self.start_client(port), "the server demands a client certificate and was shown none", port)
        self.fails(self.start_client(port, client_certificate_path=self.cert.cert, client_key_path=self.cert.key),
                   "the server does not trust the issuer of the client certificate", port)

    def test_our_server_knows_clients_by_their_keys(self):
        server = self.start_our_server(client_authentication="require-and-verify",
                                       client_certificate_public_key_sha256=openssl.public_key_hash(self.own))
        self.through(self.start_client(server.port(), **self.own_tls()))
        self.fails(self.start_client(server.port(), client_certificate_path=self.cert.cert,
                                     client_key_path=self.cert.key),
                   "the server refused the client certificate", server.port())
