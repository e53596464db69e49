"""Configurations of sing-box and mihomo, as users have them: checked against the oracle, and run."""

import json
import os
import re

import anytls
import openssl
import proxy
from case import Case
from target import Target

FOLDER = anytls.SOURCE / "test" / "configs"
ORACLE = json.loads((FOLDER / "effective.json").read_text(encoding="utf-8"))
FILES = sorted(str(path.relative_to(FOLDER)) for kind in ("singbox", "mihomo") for path in (FOLDER / kind).iterdir())
SERVERS = ("singbox/server.json", "mihomo/server.yaml")
OWN_TESTS = (*SERVERS, "singbox/with-comments.json")
PASSWORDS = ("secret", "your-password", "8JCsPssfgS8tiRwiMlhARg==")


def text_of(name):
    return (FOLDER / name).read_text(encoding="utf-8")


class Check(Case):
    def setUp(self):
        certificate = anytls.certificate(self.folder)
        os.rename(certificate.cert, self.folder / "cert.pem")
        os.rename(certificate.key, self.folder / "key.pem")

    def test_effective_values_equal_the_oracle(self):
        for name in FILES:
            with self.subTest(file=name):
                path = self.file("config" + name[-5:], text_of(name))
                done = anytls.call("check", "-c", path, "--effective", cwd=self.folder)
                self.assertEqual(done.code, 0, done.err)
                got, wanted = json.loads(done.out), ORACLE.get(name, {})
                self.assertEqual(sorted(got), sorted(wanted))
                for outbound, fields in wanted.items():
                    self.assertEqual({key: got[outbound][key] for key in fields}, fields, outbound)

    def test_every_file_of_the_oracle_is_here(self):
        self.assertEqual(sorted(set(ORACLE) - set(FILES)), [])

    def test_from_standard_input(self):
        done = anytls.call("check", "-c", "-", "--effective", input=text_of("singbox/basic.json"))
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(json.loads(done.out)["anytls-out"]["ensure_idle_session"], 5)

    def test_message_names_file_path_and_fix(self):
        wrong = text_of("singbox/recommended.json").replace('"5m"', '"5 min"')
        done = anytls.call("check", "-c", self.file("config.json", wrong), cwd=self.folder)
        self.assertEqual(done.code, 1)
        self.assertIn('config.json: outbounds[0].idle_session_timeout: "5 min" is not a duration; write 5m', done.err)

    def test_unknown_field_is_an_error_with_the_nearest_name(self):
        wrong = text_of("singbox/basic.json").replace("ensure_idle_session", "ensure_idle_sesion")
        done = anytls.call("check", "-c", self.file("config.json", wrong))
        self.assertEqual(done.code, 1)
        self.assertIn("ensure_idle_session", done.err)

    def test_config_without_a_way_out_is_an_error(self):
        done = anytls.call("check", "-c", self.file("config.json", '{"inbounds": []'))
        self.assertEqual(done.code, 1)
        self.assertNotEqual(done.err, "")


class Run(Case):
    """Trusts the server's certificate by SSL_CERT_FILE, so that the files stay as they are but for names and ports."""

    def setUp(self):
        self.cert = openssl.authority(self.folder, "IP:127.0.0.1")
        self.target = self.keep(Target())

    def start_server(self):
        users = [{"name": str(number), "password": password} for number, password in enumerate(PASSWORDS)]
        inbound = {"type": "anytls", "users": users,
                   "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key}}
        return anytls.start_config(self, inbound, {"type": "direct"}).port()

    def start(self, name, substitutions):
        text = text_of(name)
        for pattern, replacement in substitutions:
            text = re.sub(pattern, replacement, text)
        path = self.file("running" + name[-5:], text)
        return self.spawn("run", [anytls.BINARY, "run", "-c", path], env={"SSL_CERT_FILE": self.cert.cert},
                          cwd=self.folder)

    def fetch(self, port, opened=proxy.socks5, **options):
        with opened(port, "127.0.0.1", self.target.port, **options) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def client_substitutions(self, server, port):
        return [(r"[\w.]*example\.com", "127.0.0.1"), (r'("server_port": )\d+', rf"\g<1>{server}"),
                (r'("listen_port": )\d+', rf"\g<1>{port}"), (r"\bport: 443", f"port: {server}"),
                (r"mixed-port: 1080", f"mixed-port: {port}")]

    def test_clients(self):
        server = self.start_server()
        for name in FILES:
            if name in OWN_TESTS:
                continue
            with self.subTest(file=name):
                client = anytls.with_free_port(
                    lambda port: self.start(name, self.client_substitutions(server, port)))
                before = self.target.accepted
                self.fetch(client.port())
                self.assertEqual(self.target.accepted, before + 1)
                self.assertEqual(client.stop(), 0)

    def test_two_inbounds_with_comments(self):
        server = self.start_server()
        names = self.client_substitutions(server, 0)[:2]
        client = anytls.with_free_port(lambda port: self.start("singbox/with-comments.json", [
            ('"::1", "listen_port": 1080', f'"127.0.0.1", "listen_port": {port}'),
            ("8080", str(anytls.free_port())), *names]))
        socks, http = client.ports(2)
        self.fetch(socks, user=("u", "p"))
        self.fetch(http, opened=proxy.connect)
        with self.assertRaises(proxy.Refused):
            self.fetch(socks, user=("u", "wrong"))

    def test_servers_know_every_user(self):
        for name in SERVERS:
            server = anytls.with_free_port(lambda port: self.start(name, [
                (r'("listen_port"): 8443', rf"\g<1>: {port}"), (r"\bport: 8443", f"port: {port}"),
                (r"(\./)?cert\.pem", self.cert.cert), (r"(\./)?key\.pem", self.cert.key)]))
            for password in ("alice-password", "bob-password"):
                with self.subTest(file=name, password=password):
                    client = anytls.start_client(self, server.port(), password=password, extra=["--insecure"])
                    self.fetch(client.port())
            client = anytls.start_client(self, server.port(), password="carol-password", extra=["--insecure"])
            with self.assertRaises((OSError, EOFError, AssertionError)):
                self.fetch(client.port())
