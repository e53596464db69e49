"""Fast open and multipath with sing-box at the other end: two hosts, and what the SYNs say."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "net"))

import anytls
import sing_box
from two_hosts import PROXY_PORT, Capture, NetCase
from wire import FAR, FAST_OPEN, MPTCP, SYN, SYN_ACK

PORT = 8443


class Sockets(NetCase):
    def setUp(self):
        for host in (self.near, self.far):
            host.run("ip", "tcp_metrics", "flush", "all")
        self.wire = self.keep(Capture(self.far, "eth0"))

    def run_on(self, host, program, inbound, outbound):
        binary = [sing_box.BINARY, "run", "--disable-color"] if program == "sing-box" else [anytls.BINARY, "run"]
        path = self.file(f"{len(self._programs)}.json", json.dumps({
            "log": {"level": "info"}, "inbounds": [inbound], "outbounds": [outbound]}))
        self.spawn(program, host.command(*binary, "-c", path)).port()

    def two_sessions(self, client, server, **fields):
        cert = anytls.certificate(self.folder)
        self.run_on(self.far, server, {
            "type": "anytls", "listen": FAR, "listen_port": PORT, "users": [{"name": "u", "password": anytls.PASSWORD}],
            "tls": {"enabled": True, "certificate_path": cert.cert, "key_path": cert.key}, **fields}, {"type": "direct"})
        self.run_on(self.near, client, {"type": "mixed", "listen": "127.0.0.1", "listen_port": PROXY_PORT},
                    self.to_server(port=PORT, **fields))
        target = self.target("127.0.0.1", self.far)
        for _ in range(2):
            self.ask(target)
        return self.wire.packets(PORT, SYN, count=2), self.wire.packets(PORT, SYN_ACK, count=2)

    def test_fast_open_to_sing_box(self):
        """The other way round there is none: sing-box refuses the option on its AnyTLS outbounds."""
        syns, answers = self.two_sessions("ours", "sing-box", tcp_fast_open=True)
        self.assertGreaterEqual(len(answers[0].options.get(FAST_OPEN, b"")), 8, "the server gives a cookie")
        self.assertEqual(syns[1].payload[:3], b"\x16\x03\x01", "the ClientHello is in the second SYN")

    def check_multi_path(self, client, server):
        self.need_multi_path()
        for packet in sum(self.two_sessions(client, server, tcp_multi_path=True), []):
            self.assertIn(MPTCP, packet.options)

    def test_multi_path_to_sing_box(self):
        self.check_multi_path("ours", "sing-box")

    def test_multi_path_from_sing_box(self):
        self.check_multi_path("sing-box", "ours")
