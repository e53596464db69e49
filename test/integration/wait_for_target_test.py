"""`wait_for_target`: the application learns what became of its target before it is told of success."""

import anytls
import proxy
from case import Case
from target import Target, closed_port


class WaitForTarget(Case):
    def setUp(self):
        cert = anytls.certificate(self.folder)
        server = anytls.start_server(self, cert).port()
        outbound = {"type": "anytls", "tag": "out", "server": "127.0.0.1", "server_port": server,
                    "password": anytls.PASSWORD,
                    "tls": {"enabled": True, "server_name": "localhost", "certificate_path": cert.cert}}
        self.proxy = anytls.start_config(self, {"type": "mixed", "wait_for_target": True}, outbound).port()

    def test_success(self):
        target = self.keep(Target())
        for opened in (proxy.socks5, proxy.connect, proxy.socks4a):
            with opened(self.proxy, "localhost", target.port) as sock:
                sock.sendall(b"source 10 1\n")
                self.assertEqual(len(proxy.read_all(sock)), 10)

    def test_refused_target(self):
        port, held = closed_port()
        self.keep(held)
        for opened, code in ((proxy.socks5, 5), (proxy.connect, 502), (proxy.socks4a, 91)):
            with self.subTest(opened=opened.__name__), self.assertRaises(proxy.Refused) as refused:
                opened(self.proxy, "127.0.0.1", port)
            self.assertEqual(refused.exception.code, code)

    def test_name_that_does_not_exist(self):
        for opened, code in ((proxy.socks5, 4), (proxy.connect, 502), (proxy.socks4a, 91)):
            with self.subTest(opened=opened.__name__), self.assertRaises(proxy.Refused) as refused:
                opened(self.proxy, "no-such-host.invalid", 80)
            self.assertEqual(refused.exception.code, code)

    def test_http_tells_what_the_server_said(self):
        for target, reason in (("no-such-host.invalid", b"name "), (None, b"Connection refused")):
            port, held = closed_port()
            self.keep(held)
            where = f"{target or '127.0.0.1'}:{port}"
            with self.subTest(target=where), proxy.dial(self.proxy) as sock:
                sock.sendall(f"GET http://{where}/ HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n".encode())
                head, _, body = proxy.read_all(sock).partition(b"\r\n\r\n")
                self.assertIn(b" 502 ", head.splitlines()[0])
                self.assertIn(where.encode(), body)
                self.assertIn(reason, body)

    def test_udp_associate_and_bind_are_not_supported(self):
        for command in (2, 3):
            with self.assertRaises(proxy.Refused) as refused:
                proxy.socks5(self.proxy, "127.0.0.1", 1, command=command)
            self.assertEqual(refused.exception.code, 7)
