"""Through the proxies of sing-box to its AnyTLS server, and the other way round: its client with a detour of its own."""

import json

import anytls
import proxy
import sing_box
from case import Case
from target import Target, digest, stream

USER = ("user", "pass word")
SIZE = 1_000_000


class Chains(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    def run_config(self, *outbounds):
        def start(port):
            text = json.dumps({"inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": port}],
                               "outbounds": list(outbounds)})
            return self.spawn("run", [anytls.BINARY, "run", "-c", self.file(f"chain-{port}.json", text)])

        return anytls.with_free_port(start)

    def out(self, tag, port, **fields):
        return {"type": "anytls", "tag": tag, "server": "127.0.0.1", "server_port": port, "password": anytls.PASSWORD,
                "tls": {"enabled": True, "server_name": "localhost", "insecure": True}, **fields}

    def hop(self, kind, port, user=USER, **fields):
        made = {"type": kind, "tag": "proxy", "server": "127.0.0.1", "server_port": port, **fields}
        if user:
            made.update(username=user[0], password=user[1])
        return made

    def transfer(self, client):
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"sha %d\n" % SIZE)
            for piece in stream(SIZE, 1):
                sock.sendall(piece)
            self.assertEqual(proxy.read_exactly(sock, 64).decode(), digest(SIZE, 1))
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source %d 2\n" % SIZE)
            self.assertEqual(proxy.read_all(sock), b"".join(stream(SIZE, 2)))

    def test_through_its_proxy_to_its_server(self):
        server, hop = sing_box.start_server(self, self.cert), sing_box.start_proxy(self, USER)
        for kind in ("socks", "http"):
            with self.subTest(kind=kind):
                self.transfer(self.run_config(self.out("out", server.port(), detour="proxy"),
                                              self.hop(kind, hop.port())))

    def test_its_proxy_is_the_way_to_the_targets(self):
        plain = sing_box.start_proxy(self)
        for kind, fields in (("socks", {}), ("socks", {"version": "4"}), ("socks", {"version": "4a"}), ("http", {})):
            with self.subTest(kind=kind, **fields):
                self.transfer(self.run_config(self.hop(kind, plain.port(), None, **fields)))

    def test_its_server_leads_to_another_server_of_it(self):
        first, second = sing_box.start_server(self, self.cert), sing_box.start_server(self, self.cert)
        self.transfer(self.run_config(self.out("out", second.port(), detour="first"), self.out("first", first.port())))

    def test_a_wrong_password_of_its_proxy_is_said(self):
        hop = sing_box.start_proxy(self, USER)
        for kind in ("socks", "http"):
            with self.subTest(kind=kind):
                client = self.run_config(self.hop(kind, hop.port(), ("user", "wrong")))
                with self.assertRaises(proxy.Refused):
                    proxy.socks5(client.port(), "127.0.0.1", self.target.port)
                client.wait_log("the proxy does not accept the username and password")
