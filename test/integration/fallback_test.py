"""A web server behind us: whoever has no password sees nginx, byte by byte and end by end, and clients do not notice."""

import os
import re
import ssl
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import anytls
import nginx
import peer
import proxy
from case import Case
from nginx import Nginx
from target import Target
from tls_wire import TlsWire

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
GET_CLOSE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
H2_SETTINGS = struct.pack("!IBI", 0, 4, 0)[1:]

# Pieces are records; these are what else somebody may do.
CLOSE_NOTIFY, FIN, PAUSE = "close_notify", "FIN", "pause"

GARBAGE = os.urandom(100).replace(b"\n", b"n")
PROBES = {
    "one byte": (b"\0",),
    "garbage": (GARBAGE,),
    "a record of garbage": (b"\1" * 16384,),
    "more garbage than is read": tuple(b"\x1c" * 16384 for _ in range(20)),
    "HTTP/1.1, shorter than a hash": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n",),
    "HTTP/1.1": (b"GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n",),
    "HTTP/1.1, closed after the answer": (GET_CLOSE,),
    "two requests": (GET, PAUSE, GET_CLOSE),
    "a page that is not there": (b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",),
    "an overlong address": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",),
    "HTTP/2 preface": (PREFACE, H2_SETTINGS),
    "half a preamble, then silence": (peer.preamble()[:17],),
    "all but the last byte of the length": (peer.preamble()[:33],),
    "the preamble in two records": (peer.preamble()[:32], peer.preamble()[32:]),
    "wrong password": (peer.preamble("wrong"),),
    "wrong password and frames": (peer.preamble("wrong"), peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT)),
    "letters, then silence": (b"A" * 17,),
    "letters, then close_notify": (b"A" * 17, CLOSE_NOTIFY),
    "letters, then FIN": (b"A" * 17, FIN),
    "letters, then both": (b"A" * 17, CLOSE_NOTIFY, FIN),
    "letters, later close_notify": (b"A" * 17, PAUSE, CLOSE_NOTIFY),
    "nothing at all": (),
    "close_notify alone": (CLOSE_NOTIFY,),
    "FIN alone": (FIN,),
    "close_notify and FIN": (CLOSE_NOTIFY, FIN),
    "a request, then close_notify": (GET, PAUSE, CLOSE_NOTIFY),
    "a request, then FIN": (GET, PAUSE, FIN),
    "a request, then a half": (GET, PAUSE, GET[:10]),
    "a request, then a half and FIN": (GET, PAUSE, GET[:10], FIN),
}

# After an answer to more than it has room for, nginx reads on where it has no TLS of its own; with TLS it does not.
READ_ON_BEHIND_US = {"an overlong address"}

# nginx greets over TLS at once, and without TLS with its first answer: the bytes are the same, the records are not.
H2_PROBES = {
    "garbage": (b"\1" * 100,),
    "HTTP/1.1": (GET,),
    "wrong password": (peer.preamble("wrong"),),
    "preface": (PREFACE + H2_SETTINGS,),
    "half a preface": (PREFACE[:10],),
    "preface, then close_notify": (PREFACE + H2_SETTINGS, PAUSE, CLOSE_NOTIFY),
}


def probe(port, version, actions, alpn=(), settle=0.3):
    """Records, plaintext, whether close_notify came, how TCP ended and whether it still takes bytes; and the time."""
    tickets = 2 if version == ssl.TLSVersion.TLSv1_3 else 0
    wire = TlsWire(port, version, alpn, settle=settle, tickets=tickets)
    try:
        for action in actions:
            if action == CLOSE_NOTIFY:
                wire.close_notify()
            elif action == FIN:
                wire.finish()
            elif action == PAUSE:
                time.sleep(0.2 * anytls.PATIENCE)
            else:
                wire.send(action)
        records, tcp, took = wire.raw_transcript()
        data, notified = wire.plaintext()
        takes = tcp == "FIN" and wire.takes_more()
        data = re.sub(rb"Date: [^\r]*", b"Date:", data)
        return (records, data, notified, tcp, takes), took
    finally:
        wire.close()


class Fallback(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.nginx = Nginx(self, self.cert)

    def start(self, **more):
        inbound = {"type": "anytls", "users": [{"password": anytls.PASSWORD}],
                   "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key},
                   "fallback": {"server": "127.0.0.1", "server_port": self.nginx.plain},
                   "fallback_for_alpn": {"h2": {"server": "127.0.0.1", "server_port": self.nginx.h2}}, **more}
        self.server = anytls.start_config(self, inbound, {"type": "direct"})
        return self.server.port()

    def test_probes_see_what_nginx_shows(self):
        """Many at once: most of the time is nginx's patience."""
        ports = (self.nginx.tls, self.start())
        rounds = ((ssl.TLSVersion.TLSv1_3, (), PROBES), (ssl.TLSVersion.TLSv1_2, (), PROBES),
                  (ssl.TLSVersion.TLSv1_3, ("h2",), H2_PROBES))
        with ThreadPoolExecutor(32) as pool:
            jobs = [(version, alpn, name, [pool.submit(probe, port, version, actions, alpn) for port in ports])
                    for version, alpn, probes in rounds for name, actions in probes.items()]
        for version, alpn, name, (theirs, ours) in jobs:
            with self.subTest(name, version=version.name, alpn=alpn, garbage=GARBAGE.hex()):
                (wanted, slow), (seen, took) = theirs.result(), ours.result()
                if abs(took - slow) >= 0.7 * anytls.PATIENCE:  # once more, with the machine to itself
                    actions = (H2_PROBES if alpn else PROBES)[name]
                    (wanted, slow), (seen, took) = (probe(port, version, actions, alpn) for port in ports)
                if name in READ_ON_BEHIND_US:
                    wanted, seen = wanted[:-1], seen[:-1]
                if alpn:
                    wanted, seen = wanted[1:], seen[1:]
                self.assertEqual(seen, wanted)
                self.assertLess(abs(took - slow), 0.7 * anytls.PATIENCE)

    def test_a_large_page_is_the_same_page(self):
        ports = (self.nginx.tls, self.start())
        get = b"GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        (theirs, _), (ours, _) = (probe(port, ssl.TLSVersion.TLSv1_3, (get,)) for port in ports)
        self.assertEqual(ours[1:], theirs[1:])
        self.assertTrue(ours[1].endswith(nginx.BIG))

    def test_alpn_is_agreed_as_nginx_does(self):
        port = self.start()
        for offer in ((), ("h2", "http/1.1"), ("http/1.1", "h2"), ("http/1.1",), ("http/1.0",), ("acme", "http/0.9")):
            with self.subTest(offer=offer):
                theirs, ours = (self.keep(TlsWire(one, alpn=offer, settle=0.01)).alpn() for one in (self.nginx.tls, port))
                self.assertEqual(ours, theirs)
        for one in (self.nginx.tls, port):
            with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                TlsWire(one, alpn=("acme",))

    def test_as_many_tickets_as_nginx(self):
        def tickets(port):
            done = subprocess.run(["openssl", "s_client", "-tls1_3", "-ign_eof", "-connect", f"127.0.0.1:{port}"],
                                  input=GET_CLOSE, capture_output=True, timeout=proxy.TIMEOUT, check=False)
            return done.stdout.count(b"New Session Ticket arrived")

        self.assertEqual(tickets(self.start()), tickets(self.nginx.tls))

    def test_curl_gets_the_page_by_every_version_of_http(self):
        port = self.start()
        for version in ("--http1.1", "--http2"):
            for one in (self.nginx.tls, port):
                with self.subTest(version, nginx=one == self.nginx.tls):
                    done = subprocess.run(["curl", "-sS", "--fail", version, "--cacert", self.cert.cert, "--resolve",
                                           f"localhost:{one}:127.0.0.1", f"https://localhost:{one}/", "-w",
                                           "%{http_version}"], capture_output=True, timeout=proxy.TIMEOUT, check=False)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(done.stdout, nginx.PAGE + version[len("--http"):].encode())

    def test_a_web_server_that_hangs_up_without_a_word_does_so_properly(self):
        """Its patience has not run out: nginx says close_notify after `return 444`."""
        get = b"GET /silence HTTP/1.1\r\nHost: a\r\n\r\n"
        port = self.start()
        for _ in range(3):  # a machine that holds us up for 250 ms makes it look impatient
            (records, data, notified, tcp, _), took = probe(port, ssl.TLSVersion.TLSv1_3, (get,))
            if notified and took < 1 * anytls.PATIENCE:
                break
        self.assertEqual((len(records), data, notified, tcp), (1, b"", True, "FIN"))
        self.assertLess(took, 1 * anytls.PATIENCE)

    def test_a_client_is_served_beside_visitors(self):
        port = self.start()
        visitor = self.keep(TlsWire(port))
        visitor.send(GET)
        target = self.keep(Target())
        client = anytls.start_client(self, port, cert=self.cert)
        sock = self.keep(proxy.socks5(client.port(), "127.0.0.1", target.port))
        sock.sendall(b"echo\nhello")
        self.assertEqual(proxy.read_exactly(sock, 5), b"hello")

    def test_a_client_may_take_its_time_and_send_its_preamble_byte_by_byte(self):
        wire = self.keep(TlsWire(self.start()))  # which waits for longer than a web server's company takes
        wire.send_bytewise(peer.preamble() + peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT))
        self.assertIn(b"v=2", wire.receive(1))

    def test_it_ends_at_once_while_visitors_are_there(self):
        port = self.start()
        visitor, silent = (self.keep(TlsWire(port)) for _ in range(2))
        visitor.send(GET)
        self.assertTrue(visitor.receive(1).startswith(b"HTTP/1.1 200"))
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(silent.raw_transcript()[1], "FIN")

    def test_nobody_is_shut_out_for_failing_too_often(self):
        port = self.start(limit_private_sources=True, max_failures_per_source=1)
        for _ in range(5):
            (_, data, _, _, _), _ = probe(port, ssl.TLSVersion.TLSv1_3, (GET_CLOSE,), settle=0.01)
            self.assertTrue(data.endswith(nginx.PAGE))

    def test_without_its_web_server_it_closes_as_one_that_has_none(self):
        nobody = anytls.free_port()
        port = self.start(fallback={"server": "127.0.0.1", "server_port": nobody})
        (records, data, notified, tcp, _), took = probe(port, ssl.TLSVersion.TLSv1_3, (GET,))
        self.assertEqual((len(records), data, notified, tcp), (1, b"", True, "FIN"))
        self.assertLess(took, 1 * anytls.PATIENCE)
        self.server.wait_log(f"the fallback 127.0.0.1:{nobody} cannot be used")

    def test_a_flag_of_the_server_does_it_too(self):
        server = anytls.start_server(self, self.cert, extra=["--fallback", f"127.0.0.1:{self.nginx.plain}"])
        (_, data, _, _, _), _ = probe(server.port(), ssl.TLSVersion.TLSv1_3, (GET_CLOSE,))
        self.assertTrue(data.endswith(nginx.PAGE))
