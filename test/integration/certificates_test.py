"""Certificates of servers: chosen by name, replaced while the program runs, pinned by their key."""

import hashlib
import os
import pathlib
import shutil
import ssl

import anytls
import openssl
import peer
import proxy
from case import Case
from target import Target

USERS = [{"name": "u", "password": anytls.PASSWORD}]


def start_server(case, **tls):
    inbound = {"type": "anytls", "tag": "anytls-in", "users": USERS, "tls": {"enabled": True, **tls}}
    return anytls.start_config(case, inbound, {"type": "direct"})


def shown(port, name="localhost"):
    """The SHA-256 of the certificate that a server shows to who asks for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(proxy.dial(port), server_hostname=name) as sock:
        return hashlib.sha256(sock.getpeercert(True)).hexdigest()


class Certificates(Case):
    def setUp(self):
        self.first = anytls.certificate(self.folder, name="localhost", file="first")
        self.second = anytls.certificate(self.folder, name="*.second.example", file="second")

    def start_client(self, port, **tls):
        outbound = {"type": "anytls", "tag": "anytls-out", "server": "127.0.0.1", "server_port": port,
                    "password": anytls.PASSWORD, "tls": {"enabled": True, "server_name": "localhost", **tls}}
        return anytls.start_config(self, {"type": "mixed"}, outbound)

    def request(self, client):
        target = self.keep(Target())
        with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def test_name_that_the_client_asks_for_decides(self):
        server = start_server(self, certificate_path=self.first.cert, key_path=self.first.key, certificates=[
            {"certificate": pathlib.Path(self.second.cert).read_text().splitlines(), "key_path": self.second.key}])
        for name, cert in (("localhost", self.first), ("a.second.example", self.second), ("other.example", self.first)):
            self.assertEqual(shown(server.port(), name), cert.sha256, name)

    def test_new_certificate_is_for_new_connections_and_sessions_go_on(self):
        """As certbot does it: links that point elsewhere from one moment to the next."""
        for link, target in (("cert.pem", self.first.cert), ("key.pem", self.first.key)):
            os.symlink(target, self.folder / link)
        server = start_server(self, certificate_path=str(self.folder / "cert.pem"),
                              key_path=str(self.folder / "key.pem"))
        session = self.keep(peer.client(server.port()))
        self.assertEqual(shown(server.port()), self.first.sha256)
        for link, target in (("cert.pem", self.second.cert), ("key.pem", self.second.key)):
            os.symlink(target, self.folder / "new")
            os.rename(self.folder / "new", self.folder / link)
        server.wait_log("anytls-in: TLS certificates reloaded", timeout=20 * anytls.PATIENCE)
        self.assertEqual(shown(server.port()), self.second.sha256)
        session.send(peer.frame(peer.HEART_REQUEST, 0))
        session.read_until(peer.HEART_RESPONSE)

    def test_broken_certificate_leaves_the_old_one(self):
        pair = [str(shutil.copy(name, self.folder / to)) for name, to in
                ((self.first.cert, "cert.pem"), (self.first.key, "key.pem"))]
        server = start_server(self, certificate_path=pair[0], key_path=pair[1])
        pathlib.Path(pair[0]).write_text("nonsense")
        server.wait_log("not a PEM certificate; the certificate that was loaded before stays in use",
                        timeout=20 * anytls.PATIENCE)
        self.assertEqual(shown(server.port()), self.first.sha256)

    def test_pipe_without_a_writer_in_its_place_holds_nobody_up(self):
        server = start_server(self, certificate_path=self.first.cert, key_path=self.first.key)
        os.unlink(self.first.cert)
        os.mkfifo(self.first.cert)
        server.wait_log("stays in use", timeout=15 * anytls.PATIENCE)
        self.assertEqual(server.stop(timeout=5 * anytls.PATIENCE), 0)

    def test_pinned_public_key_is_enough(self):
        server = start_server(self, certificate_path=self.first.cert, key_path=self.first.key)
        pins = [openssl.public_key_hash(self.second), openssl.public_key_hash(self.first)]
        self.request(self.start_client(server.port(), certificate_public_key_sha256=pins))

    def test_other_public_key_is_refused(self):
        server = start_server(self, certificate_path=self.first.cert, key_path=self.first.key)
        client = self.start_client(server.port(), insecure=True,
                                   certificate_public_key_sha256=openssl.public_key_hash(self.second))
        with self.assertRaises((proxy.Refused, OSError, EOFError)):
            self.request(client)
        client.wait_log("certificate does not have a pinned public key")
