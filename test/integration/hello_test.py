"""Which ClientHello leaves the machine, as configurations ask for it."""

import json
import ssl

import anytls
import client_hello
import peer
import proxy
from case import Case
from target import Target

CERTIFICATE_COMPRESSION, ALPS, TRUST_ANCHORS, ECH = (client_hello.CERTIFICATE_COMPRESSION, client_hello.ALPS,
                                                     client_hello.TRUST_ANCHORS, client_hello.ECH)


@anytls.only_on("BoringSSL", "Chrome's hello")
class Hello(Case):
    def caught(self, start):
        """`start(port of the server)` starts a client. Its hello."""
        catcher = self.keep(client_hello.Catcher())
        self.client = start(catcher.port)
        return client_hello.of_client(catcher, self.client)

    def of_command(self, *extra):
        return self.caught(lambda port: anytls.start_client(self, port, extra=["--insecure", *extra]))

    def of_json(self, **tls):
        def start(port):
            outbound = {"type": "anytls", "tag": "out", "server": "127.0.0.1", "server_port": port, "password": "p",
                        "tls": {"enabled": True, "server_name": "localhost", "insecure": True, **tls}}
            return anytls.start_config(self, {"type": "mixed"}, outbound)
        return self.caught(start)

    def of_yaml(self, top=None, **fields):
        def start(port):
            made = {"name": "p", "type": "anytls", "server": "127.0.0.1", "port": port, "password": "p",
                    "sni": "localhost", "skip-cert-verify": True, **fields}
            def run(listen):
                text = json.dumps({"mixed-port": listen, "proxies": [made], "rules": ["MATCH,p"], **(top or {})})
                # JSON is YAML; the first character tells the forms apart.
                path = self.file(f"config-{listen}.yaml", "---\n" + text)
                return self.spawn("run", [anytls.BINARY, "run", "-c", path])
            return anytls.with_free_port(run)
        return self.caught(start)

    def assert_chrome(self, hello):
        self.assertEqual(hello.ja4(), client_hello.CHROME_JA4)

    def assert_plain(self, hello):
        ids = hello.extension_ids()
        for kind in (client_hello.GREASE, client_hello.ALPN, CERTIFICATE_COMPRESSION, ALPS, TRUST_ANCHORS, ECH):
            self.assertNotIn(kind, ids)

    def test_is_chromes_where_nothing_is_configured(self):
        self.assert_chrome(self.of_json())
        self.assert_chrome(self.of_yaml())
        self.assert_chrome(self.of_command())

    def test_is_the_librarys_own_on_request(self):
        self.assert_plain(self.of_json(utls={"enabled": False}))
        self.assert_plain(self.of_yaml(**{"client-fingerprint": "none"}))
        self.assert_plain(self.of_yaml({"global-client-fingerprint": "none"}))
        self.assert_plain(self.of_command("--client-fingerprint", "none"))

    def test_a_proxys_own_fingerprint_counts_before_the_global_one(self):
        self.assert_chrome(self.of_yaml({"global-client-fingerprint": "none"}, **{"client-fingerprint": "chrome"}))

    def test_names_are_checked(self):
        outbound = {"type": "anytls", "tag": "out", "server": "h", "server_port": 1, "password": "p",
                    "tls": {"enabled": True, "utls": {"enabled": True, "fingerprint": "netscape"}}}
        done = anytls.call("check", "-c", self.file("c.json", json.dumps({"outbounds": [outbound]})))
        self.assertEqual(done.code, 1)
        self.assertIn('outbounds[0].tls.utls.fingerprint: "netscape" is unknown; one of chrome, none, firefox', done.err)
        done = anytls.call("client", "-s", "h:1", "-p", "p", "--client-fingerprint", "netscape")
        self.assertEqual(done.code, 1)
        self.assertIn('--client-fingerprint: "netscape" is unknown; one of chrome, none, firefox', done.err)

    def test_no_two_are_alike(self):
        """Random numbers, keys, GREASE, and the order of the extensions."""
        first, second = self.of_json(), self.of_json()
        self.assertEqual(first.fields(), second.fields())
        self.assertNotEqual(first.extension_ids(order=True), second.extension_ids(order=True))
        self.assertNotEqual(first.extension(client_hello.KEY_SHARE), second.extension(client_hello.KEY_SHARE))
        self.assertNotEqual(first.ech["enc"], second.ech["enc"])

    def test_configured_alpn_takes_the_place_of_chromes(self):
        hello = self.of_json(alpn=["http/1.1"])
        self.assertEqual(hello.alpn, ["http/1.1"])
        self.assertIsNone(hello.alps, "settings belong to h2")
        self.assert_chrome(self.of_json(alpn=["h2", "http/1.1"]))

    def test_an_address_is_not_sent_as_a_name(self):
        hello = self.of_json(server_name="127.0.0.1")
        self.assertIsNone(hello.server_name)
        self.assertEqual(hello.ja4()[:10], "t13i1516h2")


class Servers(Case):
    """What Chrome's hello meets."""

    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    def fetch(self, client):
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def server(self, **tls):
        def start(port):
            inbound = {"type": "anytls", "listen": "127.0.0.1", "listen_port": port,
                       "users": [{"name": "u", "password": anytls.PASSWORD}],
                       "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key, **tls}}
            path = self.file(f"server-{port}.json", json.dumps({"inbounds": [inbound]}))
            return self.spawn("server", [anytls.BINARY, "run", "-c", path])

        return anytls.with_free_port(start)

    def test_a_server_with_another_alpn_is_reached_without_and_said_once(self):
        client = anytls.start_client(self, self.server(alpn=["anytls"]).port(), cert=self.cert,
                                     extra=["--disable-reuse"])
        for _ in range(3):
            self.fetch(client)
        client.wait_log("insists on an ALPN of its own")
        self.assertEqual(client.log().count("insists on an ALPN of its own"), 1)

    def test_a_server_of_h2_alone_and_one_of_tls_1_2(self):
        for tls in ({"alpn": ["h2"]}, {"alpn": ["http/1.1"]}, {"max_version": "1.2"}):
            with self.subTest(tls):
                self.fetch(anytls.start_client(self, self.server(**tls).port(), cert=self.cert))

    def test_an_alert_that_is_forged_is_not_remembered(self):
        """Whoever sends `no_application_protocol` and then nothing better has changed nothing."""
        caught = []

        def refuse(sock):
            caught.append(client_hello.parse(client_hello.receive(sock)))
            sock.sendall(b"\x15\3\3\0\2\2\x78")

        forger = self.keep(peer.Server(None, refuse))
        client = anytls.start_client(self, forger.port, cert=self.cert)
        for _ in range(2):
            with self.assertRaises((proxy.Refused, OSError, EOFError)):
                self.fetch(client)
        self.assertEqual([hello.alpn is None for hello in caught], [False, True, False, True])
        self.assertNotIn("insists on an ALPN of its own", client.log())

    def test_an_openssl_server_of_one_old_group_asks_again_and_is_answered(self):
        def serve(session):
            while session.read()[0] != peer.SYN:
                pass
            session.send(peer.frame(peer.PSH, 1, b"hello"), peer.frame(peer.FIN, 1))
            session.read()

        context = peer.server_context(self.cert)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_ecdh_curve("prime256v1")
        port = self.keep(peer.Server(context, peer.authenticated(serve))).port
        client = anytls.start_client(self, port, cert=self.cert)
        with proxy.socks5(client.port(), "target.example", 80) as sock:
            self.assertEqual(proxy.read_all(sock), b"hello")
