"""fragment and record_fragment, seen by a server."""

import threading
import time

import anytls
import ech
import proxy
from case import Case
from hello_catcher import HelloCatcher
from pass_through import PassThrough
from target import Target

NAME = b"www.secret.example"
LABELS = (b"www", b"secret")
DELAY = 0.3 * anytls.PATIENCE


class OnTheWire(Case):
    def hello(self, name=NAME.decode(), **fields):
        catcher = self.keep(HelloCatcher())
        tls = {"enabled": True, "server_name": name, "insecure": True,
               "fragment_fallback_delay": f"{int(DELAY * 1000)}ms", **fields}
        client = ech.start_our_client(self, catcher.port, tls)

        def ask():
            try:
                proxy.socks5(client.port(), "127.0.0.1", 9).close()
            except (OSError, EOFError, proxy.Refused):
                pass

        threading.Thread(target=ask, daemon=True).start()
        return catcher.first()

    def assert_no_label(self, parts):
        for part in parts:
            for label in LABELS:
                self.assertNotIn(label, part)

    def test_neither(self):
        hello = self.hello()
        self.assertEqual((hello.segments, len(hello.records())), (1, 1))
        self.assertIn(NAME, hello.wire)

    def test_records_are_cut_within_the_labels_and_stay_one_segment(self):
        hello = self.hello(record_fragment=True)
        self.assertEqual((hello.segments, len(hello.records())), (1, 3))
        self.assert_no_label(hello.records())
        self.assertIn(NAME, b"".join(hello.records()))

    def test_segments_are_cut_within_the_labels_and_stay_one_record(self):
        began = time.monotonic()
        hello = self.hello(fragment=True)
        self.assertEqual((hello.segments, len(hello.chunks), len(hello.records())), (3, 3, 1))
        self.assert_no_label(hello.chunks)
        self.assertIn(NAME, hello.wire)
        # Loopback acknowledges at once, as a transparent proxy would: the fallback delay holds, twice.
        self.assertGreater(time.monotonic() - began, 2 * DELAY)

    def test_both(self):
        hello = self.hello(fragment=True, record_fragment=True)
        self.assertEqual((hello.segments, len(hello.records())), (3, 3))
        self.assert_no_label(hello.chunks)

    def test_without_a_server_name_there_is_nothing_to_cut(self):
        hello = self.hello(disable_sni=True, fragment=True, record_fragment=True)
        self.assertEqual((hello.segments, len(hello.records())), (1, 1))

    @anytls.only_on("BoringSSL", "Encrypted ClientHello")
    def test_with_ech_it_is_the_public_name_that_is_cut(self):
        keys = ech.new_keys("www.secret.example")
        hello = self.hello(ech.INNER, record_fragment=True,
                           ech={"enabled": True, "config": keys.configs.splitlines()})
        self.assertEqual(len(hello.records()), 3)
        self.assert_no_label(hello.records())
        self.assertNotIn(ech.INNER.encode(), hello.wire)


class Served(Case):
    def test_requests_and_resumed_handshakes(self):
        cert = anytls.certificate(self.folder, name="www.secret.example")
        target = self.keep(Target())
        server = anytls.start_server(self, cert)
        wire = self.keep(PassThrough(server.port()))
        for fields in ({"fragment": True}, {"record_fragment": True}, {"fragment": True, "record_fragment": True}):
            with self.subTest(fields=fields):
                first = len(wire.connections)
                client = ech.start_our_client(self, wire.port, {
                    "enabled": True, "server_name": "www.secret.example", "certificate_path": cert.cert,
                    "fragment_fallback_delay": "1ms", **fields})
                for _ in range(2):
                    with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
                        sock.sendall(b"source 1000 1\n")
                        self.assertEqual(len(proxy.read_all(sock)), 1000)
                    wire.cut()
                    time.sleep(0.3)
                self.assertEqual([one.resumed() for one in wire.connections[first:]], [False, True])
