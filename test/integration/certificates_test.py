"""Certificates of servers that are replaced while the program runs."""

import hashlib
import os
import pathlib
import shutil
import ssl

import anytls
import peer
import proxy
from case import Case

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
