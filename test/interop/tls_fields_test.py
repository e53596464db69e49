"""Versions, cipher suites, protocols and certificates as a configuration writes them, with sing-box on the other side.

Whatever is written here is understood by both in the same way; certificates of clients, keys that are pinned and
curves are fields of later versions of sing-box.
"""

import pathlib

import anytls
import proxy
import sing_box
from case import Case
from target import Target

CHACHA = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
AES = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
AGREE = [  # server, client
    ({"max_version": "1.2"}, {}),
    ({}, {"max_version": "1.2"}),
    ({"min_version": "1.3"}, {}),
    ({}, {"min_version": "1.3", "max_version": "1.3"}),
    ({"max_version": "1.2", "cipher_suites": [CHACHA]}, {}),
    ({"cipher_suites": [CHACHA, AES]}, {"max_version": "1.2", "cipher_suites": [AES]}),
    ({"cipher_suites": [CHACHA]}, {"cipher_suites": [AES]}),  # TLS 1.3 is none of their business
    ({"alpn": ["h2", "http/1.1"]}, {"alpn": ["http/1.1"]}),
    ({"alpn": ["h2"]}, {}),
]
DISAGREE = [
    ({"max_version": "1.2"}, {"min_version": "1.3"}),
    ({"min_version": "1.3"}, {"max_version": "1.2"}),
    ({"max_version": "1.2", "cipher_suites": [CHACHA]}, {"cipher_suites": [AES]}),
    ({"alpn": ["h2"]}, {"alpn": ["imap"]}),
]


class TlsFields(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    def our_server(self, tls):
        inbound = {"type": "anytls", "users": [{"name": "u", "password": anytls.PASSWORD}],
                   "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key, **tls}}
        return anytls.start_config(self, inbound, {"type": "direct"})

    def our_client(self, port, tls):
        outbound = {"type": "anytls", "server": "127.0.0.1", "server_port": port, "password": anytls.PASSWORD,
                    "connect_timeout": "1s", "tls": tls}
        return anytls.start_config(self, {"type": "mixed"}, outbound)

    def received(self, client):
        try:
            with proxy.socks5(client.port(), "127.0.0.1", self.target.port, timeout=10) as sock:
                sock.sendall(b"source 1000 1\n")
                return len(proxy.read_all(sock))
        except (proxy.Refused, OSError, EOFError):
            return 0

    def both_ways(self, server_tls, client_tls):
        trust = {"enabled": True, "server_name": "localhost",
                 "certificate": pathlib.Path(self.cert.cert).read_text().splitlines(), **client_tls}
        theirs = sing_box.start_server(self, self.cert, tls=server_tls)
        ours = self.our_server(server_tls)
        clients = [self.our_client(theirs.port(), trust), sing_box.start_client(self, ours.port(), tls=trust)]
        counts = [self.received(one) for one in clients]
        for one in (theirs, ours, *clients):
            one.kill()
        return counts

    def test_what_both_can_do_works(self):
        for server, client in AGREE:
            with self.subTest(server=server, client=client):
                self.assertEqual(self.both_ways(server, client), [1000, 1000])

    def test_what_one_cannot_do_fails(self):
        for server, client in DISAGREE:
            with self.subTest(server=server, client=client):
                self.assertEqual(self.both_ways(server, client), [0, 0])

    def test_certificate_and_key_in_the_configuration_itself(self):
        inline = {"certificate": pathlib.Path(self.cert.cert).read_text().splitlines(),
                  "key": pathlib.Path(self.cert.key).read_text().splitlines()}
        self.assertEqual(self.both_ways(inline, {}), [1000, 1000])
