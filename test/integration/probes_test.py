"""No oracle: whatever a prober sends, what the server does on the wire is the same, and does not tell how near it came."""

import hashlib
import os
import ssl
import struct
from concurrent.futures import ThreadPoolExecutor

import anytls
import peer
from case import Case
from tls_wire import TlsWire

DEADLINE = 10


def flipped(data, bit):
    out = bytearray(data)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


# Closed at once: the first record says that it is no client.
NO_CLIENTS = {
    "one byte": (b"\0",),
    "garbage": (os.urandom(100),),
    "a record of garbage": (os.urandom(16384),),
    "more garbage than is read": tuple(os.urandom(16384) for _ in range(20)),
    "HTTP/1.1, shorter than a hash": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",),
    "HTTP/1.1": (b"GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n",),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", struct.pack("!IBI", 0, 4, 0)[1:]),
    "half a preamble, then silence": (peer.preamble()[:17],),
    "all but the last byte of the length": (peer.preamble()[:33],),
    "the preamble in two records": (peer.preamble()[:32], peer.preamble()[32:]),
    "wrong password": (peer.preamble("wrong"),),
    "wrong password and frames": (peer.preamble("wrong"), peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT)),
    "right length, wrong hash": (os.urandom(32) + struct.pack("!H", 30) + bytes(30),),
    "wrong in its first bit": (flipped(peer.preamble(), 0),),
    "wrong in its last bit": (flipped(peer.preamble(), 255),),
    "wrong hash, padding that never comes": (hashlib.sha256(b"wrong").digest() + struct.pack("!H", 65535),),
}

# Closed at the deadline, in the same way.
WAIT_FOR_MORE = {
    "nothing at all": (),
    "right hash, padding that never comes": (peer.preamble(padding=1000)[:500],),
}


class Probes(Case):
    def setUp(self):
        self.port = anytls.start_server(self, anytls.certificate(self.folder)).port()

    def transcript(self, version, records):
        wire = TlsWire(self.port, version)
        try:
            wire.send(*records)
            return wire.transcript()
        finally:
            wire.close()

    def compare(self, version, kind):
        probes = {**NO_CLIENTS, **WAIT_FOR_MORE}
        with ThreadPoolExecutor(len(probes)) as pool:
            seen = dict(zip(probes, pool.map(lambda name: self.transcript(version, probes[name]), probes)))
        alert = seen["garbage"][0]
        self.assertEqual([one for one, _ in alert], [kind])
        for name, (records, end, tcp, took) in seen.items():
            with self.subTest(name):
                self.assertEqual((records, end, tcp), (alert, "close_notify", "FIN"))
                if name in WAIT_FOR_MORE:
                    self.assertTrue(DEADLINE - 1 < took < DEADLINE + 2 * anytls.PATIENCE, took)
                else:
                    self.assertLess(took, 1 * anytls.PATIENCE)

    def test_tls_1_3(self):
        self.compare(ssl.TLSVersion.TLSv1_3, 23)  # an encrypted alert

    def test_tls_1_2(self):
        self.compare(ssl.TLSVersion.TLSv1_2, 21)

    def test_the_right_password_is_answered(self):
        """What the others are compared with is not simply a server that answers nobody."""
        wire = self.keep(TlsWire(self.port))
        wire.send(peer.preamble(), peer.frame(peer.SETTINGS, 0, peer.SETTINGS_TEXT))
        wire.sock.settimeout(5)
        self.assertNotEqual(wire.sock.recv(100), b"")
