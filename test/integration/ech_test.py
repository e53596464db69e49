"""Encrypted ClientHello: keys, configurations of both forms, DNS, and what an observer sees."""

import base64
import json
import os

import anytls
import ech
import https_dns
import proxy
from case import Case
from pass_through import PassThrough
from target import Target


@anytls.only_on("BoringSSL", "Encrypted ClientHello")
class Generate(Case):
    def test_prints_a_configuration_and_a_key(self):
        done = anytls.call("generate", "ech-keypair", "public.example")
        self.assertEqual((done.code, done.err), (0, ""))
        made = ech.blocks(done.out)
        self.assertEqual(done.out, made.configs + made.keys)
        configs, keys = (base64.b64decode("".join(one.splitlines()[1:-1])) for one in made)
        self.assertIn(b"public.example", configs)
        # RFC 9849's list: length, and one configuration of version 0xfe0d; the key file repeats that.
        self.assertEqual(configs[2:4], b"\xfe\x0d")
        self.assertEqual(keys[:2] + keys[34:], b"\0\x20" + configs)
        self.assertNotEqual(ech.new_keys(), made)

    def test_what_is_no_name_is_refused(self):
        for name in ("", "192.0.2.1", "a..b"):
            done = anytls.call("generate", "ech-keypair", name)
            self.assertEqual((done.code, done.out), (1, ""))
            self.assertIn(f'"{name}" cannot be a public name: write a DNS name', done.err)
        self.assertEqual(anytls.call("generate", "ech-keypair").code, 2)


@anytls.only_on("BoringSSL", "Encrypted ClientHello")
class Configured(Case):
    def setUp(self):
        self.cert = ech.certificate(self.folder)
        self.keys = ech.new_keys()
        self.target = self.keep(Target())

    def fetch(self, client):
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def test_observers_see_the_public_name_only(self):
        server = ech.start_our_server(self, self.cert, ech.server_tls(self.keys))
        wire = self.keep(PassThrough(server.port()))
        self.fetch(ech.start_our_client(self, wire.port, ech.client_tls(self.cert, self.keys)))
        self.assertNotIn(ech.INNER.encode(), wire.connections[0].first_sent)
        self.assertIn(ech.OUTER.encode(), wire.connections[0].first_sent)
        wire.cut()
        self.fetch(ech.start_our_client(self, wire.port, {**ech.client_tls(self.cert), "ech": {"enabled": False}}))
        self.assertIn(ech.INNER.encode(), wire.connections[-1].first_sent)

    def test_files_and_mihomo(self):
        both = self.file("ech.pem", self.keys.configs + self.keys.keys)
        line = "".join(self.keys.configs.splitlines()[1:-1])

        def yaml(port, text):
            return self.spawn("mihomo", [anytls.BINARY, "run", "-c", self.file(f"{port}.yaml", text)])

        server = anytls.with_free_port(lambda port: yaml(port, f"""
mode: direct
listeners:
- {{name: in, type: anytls, port: {port}, listen: 127.0.0.1, users: {{u: "{anytls.PASSWORD}"}},
    certificate: {self.cert.cert}, private-key: {self.cert.key}, ech-key: {both}}}
"""))
        client = anytls.with_free_port(lambda port: yaml(port, f"""
mixed-port: {port}
proxies:
- {{name: out, type: anytls, server: 127.0.0.1, port: {server.port()}, password: "{anytls.PASSWORD}",
    sni: {ech.INNER}, skip-cert-verify: true, ech-opts: {{enable: true, config: {line}}}}}
rules: ["MATCH,out"]
"""))
        self.fetch(client)
        self.fetch(ech.start_our_client(self, server.port(), ech.client_tls(self.cert, config_path=both)))

    def test_the_list_that_the_server_sends_is_remembered(self):
        server = ech.start_our_server(self, self.cert, ech.server_tls(self.keys))
        wire = self.keep(PassThrough(server.port()))
        client = ech.start_our_client(self, wire.port, ech.client_tls(self.cert, ech.new_keys()))
        for connections in (2, 3):  # one that is rejected, then only good ones
            self.fetch(client)
            self.assertEqual(len(wire.connections), connections)
            wire.cut()

    def test_bad_files_are_one_sentence(self):
        wrong = self.file("wrong.pem", self.keys.configs)
        missing = str(self.folder / "missing.pem")
        for tls, sentence in (
                ({"ech": {"enabled": True, "key_path": wrong}},
                 f"ECH keys {wrong}: not ECH keys (PEM block ECH KEYS of `anytls generate ech-keypair`)"),
                ({"ech": {"enabled": True, "key": ["nonsense"]}}, "ECH keys (inline): not ECH keys"),
                ({"ech": {"enabled": True, "key_path": missing}},
                 f"cannot read the TLS ECH keys {missing}: No such file or directory")):
            self.assert_refused(sentence, {"type": "anytls", "listen": "127.0.0.1", "listen_port": 1,
                                           "users": [{"password": "x"}],
                                           "tls": {"enabled": True, "certificate_path": self.cert.cert,
                                                   "key_path": self.cert.key, **tls}}, {"type": "direct"})
        swapped = self.file("swapped.pem", self.keys.keys)
        for fields, sentence in (
                ({"config_path": swapped}, f"ECH configuration {swapped}: not an ECH configuration"),
                ({"config": ["AAAA"]}, "ECH configuration (inline): not an ECH configuration"),
                ({"config_path": missing}, f"ECH configuration {missing}: file cannot be read")):
            self.assert_refused(sentence, {"type": "mixed", "listen": "127.0.0.1", "listen_port": 1},
                                {"type": "anytls", "server": "a.example", "server_port": 1, "password": "x",
                                 "tls": {"enabled": True, "ech": {"enabled": True, **fields}}})

    def assert_refused(self, sentence, inbound, outbound):
        path = self.file("bad.json", json.dumps({"inbounds": [inbound], "outbounds": [outbound]}))
        done = anytls.call("run", "-c", path)
        self.assertEqual(done.code, 1)
        self.assertIn(sentence, done.err)
        for secret in self.keys.keys.splitlines()[1:-1]:
            self.assertNotIn(secret, done.err)


@anytls.only_on("BoringSSL", "Encrypted ClientHello")
class FromDns(Case):
    def setUp(self):
        if not https_dns.possible():
            self.cannot("only root can put a DNS server on port 53")
        self.dns = self.keep(https_dns.HttpsDns())
        self.cert = ech.certificate(self.folder)
        self.keys = ech.new_keys()
        self.target = self.keep(Target())
        server = ech.start_our_server(self, self.cert, ech.server_tls(self.keys))
        self.wire = self.keep(PassThrough(server.port()))

    def client(self, **fields):
        return ech.start_our_client(self, self.wire.port, ech.client_tls(self.cert, **fields),
                                    wrap=lambda command: self.dns.wrap(self, command))

    def fetch(self, client):
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 1000 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 1000)

    def test_the_record_of_the_server_name_is_used_and_kept(self):
        self.dns.publish(ech.INNER, self.keys.configs)
        client = self.client()
        for _ in range(3):
            self.fetch(client)
            self.assertNotIn(ech.INNER.encode(), self.wire.connections[-1].first_sent)
            self.wire.cut()
        # Each thread asks once.
        self.assertLessEqual(len(self.dns.asked), os.cpu_count())
        self.assertEqual(set(self.dns.asked), {ech.INNER})

    def test_another_name_may_be_asked_for(self):
        self.dns.publish("ech.example", self.keys.configs)
        self.fetch(self.client(query_server_name="ech.example"))

    def test_an_outdated_record_costs_one_connection(self):
        self.dns.publish(ech.INNER, ech.new_keys().configs)
        client = self.client()
        self.fetch(client)
        self.assertEqual(len(self.wire.connections), 2)

    def test_without_a_record_nothing_is_sent(self):
        client = self.client()
        with self.assertRaises((OSError, EOFError, AssertionError, proxy.Refused)):
            self.fetch(client)
        client.wait_log("there is no ECH configuration in the HTTPS record of the server name")
        self.assertEqual(self.wire.connections, [])
