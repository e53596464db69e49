"""Whatever keeps our client from its server has its own sentence in the one line of a failed request."""

import ssl
import warnings

import anytls
import openssl
import peer
import proxy
from case import Case
from target import Target, closed_port


def serve_http(sock):
    """A web server behind TLS."""
    sock.recv(1000)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    while sock.recv(1000):
        pass


def serve_http_and_reset(sock):
    """One that does not wait until its answer was read: what it has not read makes the end a reset."""
    sock.recv(1)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def serve_text(sock):
    sock.recv(10)
    sock.sendall(b"220 mail.example.com ESMTP\r\n")


class Failures(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)

    def start_client(self, port, host, trusted, **options):
        tls = {"enabled": True, "server_name": "localhost"}
        if trusted:
            tls["certificate_path"] = trusted.cert
        outbound = {"type": "anytls", "tag": "anytls-out", "server": host, "server_port": port,
                    "password": anytls.PASSWORD, "tls": tls}
        return anytls.start_config(self, {"type": "mixed"}, outbound, **options)

    def attempt(self, port, *parts, host="127.0.0.1", trusted="its own"):
        """A request has to fail, and the one line about it has to contain `parts`."""
        client = self.start_client(port, host, self.cert if trusted == "its own" else trusted)
        with self.assertRaises((proxy.Refused, OSError, EOFError)):
            with proxy.socks5(client.port(), "target.example", 80, timeout=15) as sock:
                sock.sendall(b"hello\n")
                if not sock.recv(1):
                    raise EOFError

        def about(log):
            return [one for one in log.splitlines()
                    if all(part in one for part in (*parts, "target.example:80", f"{host}:{port}"))]

        lines = about(client.wait_log(about))
        self.assertEqual(len(lines), 1)
        self.assertIn("anytls-out", lines[0])

    def server(self, cert=None, serve=serve_http):
        return self.keep(peer.Server(cert or self.cert, serve)).port

    def test_certificate_not_trusted(self):
        self.attempt(self.server(), "certificate not trusted", trusted=None)

    def test_certificate_of_another_name(self):
        other = anytls.certificate(self.folder, name="other.example", file="other")
        self.attempt(self.server(other), "certificate is for another name", trusted=other)

    def test_certificate_expired(self):
        old = openssl.expired(self.folder)
        self.attempt(self.server(old), "certificate expired", trusted=old)

    def test_certificate_in_the_store_of_the_system_is_trusted(self):
        """A self-signed one too: whoever installed it there meant it."""
        server = anytls.start_server(self, self.cert).port()
        target = self.keep(Target())
        client = self.start_client(server, "127.0.0.1", None, env={"SSL_CERT_FILE": self.cert.cert})
        with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
            sock.sendall(b"source 10 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 10)

    def test_server_name_not_found(self):
        self.attempt(443, "name not found", host="no-such-host.invalid")

    def test_server_refuses(self):
        port, held = closed_port()
        self.keep(held)
        self.attempt(port, "refused")

    def test_server_is_a_web_server(self):
        self.attempt(self.server(), "the server does not speak AnyTLS")

    def test_server_is_a_web_server_that_resets(self):
        self.attempt(self.server(serve=serve_http_and_reset), "the server does not speak AnyTLS")

    def test_server_does_not_speak_tls(self):
        port = self.keep(peer.Server(None, serve_text)).port
        self.attempt(port, "does not speak TLS")

    def test_server_ends_the_handshake(self):
        port = self.keep(peer.Server(None, lambda sock: sock.recv(10))).port
        self.attempt(port, "handshake")

    def test_server_speaks_old_tls_only(self):
        context = peer.server_context(self.cert)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        self.attempt(self.keep(peer.Server(context, serve_http)).port, "TLS version")

    def test_server_refuses_the_target(self):
        real = anytls.start_server(self, self.cert).port()
        port, held = closed_port()
        self.keep(held)
        client = anytls.start_client(self, real, cert=self.cert)
        with self.assertRaises((proxy.Refused, OSError, EOFError)):
            with proxy.socks5(client.port(), "127.0.0.1", port) as sock:
                if not sock.recv(1):
                    raise EOFError
        line = next(one for one in client.wait_log(f"127.0.0.1:{port}").splitlines() if f"127.0.0.1:{port}" in one)
        self.assertIn("refused", line)
