"""TLS 1.3 and 1.2, where nothing limits them."""

import ssl

import anytls
import peer
import proxy
from case import Case
from target import Target


class TlsVersions(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.versions = []

    def start_client(self, most):
        """Our client with a server that speaks nothing over `most`."""
        def serve(session):
            self.versions.append(session.sock.version())
            while session.read()[0] != peer.SYN:
                pass
            session.send(peer.frame(peer.PSH, 1, b"hello"), peer.frame(peer.FIN, 1))
            session.read()

        context = peer.server_context(self.cert)
        context.maximum_version = most
        port = self.keep(peer.Server(context, peer.authenticated(serve))).port
        tls = {"enabled": True, "server_name": "localhost", "certificate_path": self.cert.cert}
        outbound = {"type": "anytls", "tag": "anytls-out", "server": "127.0.0.1", "server_port": port,
                    "password": anytls.PASSWORD, "tls": tls}
        self.client = anytls.start_config(self, {"type": "mixed"}, outbound)

    def application(self):
        with proxy.socks5(self.client.port(), "target.example", 80) as sock:
            return proxy.read_all(sock)

    def test_client_takes_1_3_where_it_can_and_1_2_where_it_must(self):
        for most, name in ((ssl.TLSVersion.TLSv1_3, "TLSv1.3"), (ssl.TLSVersion.TLSv1_2, "TLSv1.2")):
            self.start_client(most)
            self.assertEqual(self.application(), b"hello")
            self.assertEqual(self.versions.pop(), name)

    def test_server_serves_1_2(self):
        port = anytls.start_server(self, self.cert).port()
        target = self.keep(Target())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        session = self.keep(peer.Session(context.wrap_socket(proxy.dial(port), server_hostname="localhost")))
        session.send(peer.preamble())
        session.send(peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT))
        peer.open_stream(session, 1, target.port)
        session.send(peer.frame(peer.PSH, 1, b"source 10 1\n"))
        self.assertEqual(len(session.read_until(peer.PSH)[1]), 10)
