"""The server of an outbound, whatever its type: it answers `hello`, and writes down what its TLS library saw."""

import collections
import ssl
import struct

import peer
import proxy

Seen = collections.namedtuple("Seen", "version subject")


def context(cert, clients=None):
    """`clients`: the certificate whose holders alone are let in."""
    made = peer.server_context(cert)
    if clients:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(clients.cert)
    return made


class FarEnd(peer.Server):
    """One request for each connection. `tls`: a context; None = without TLS."""

    def __init__(self, tls):
        self.seen = []
        super().__init__(tls, self._answer)

    def _answer(self, sock):
        subject = None
        if isinstance(sock, ssl.SSLSocket) and (shown := sock.getpeercert()):
            subject = dict(one[0] for one in shown["subject"])["commonName"]
        self.seen.append(Seen(sock.version() if isinstance(sock, ssl.SSLSocket) else None, subject))
        first = proxy.read_exactly(sock, 1)
        if first == b"C":
            self._http(sock)
        elif first == b"\5":
            self._socks(sock)
        else:
            self._anytls(sock)

    @staticmethod
    def _http(sock):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += proxy.read_exactly(sock, 1)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello")
        sock.recv(1)

    @staticmethod
    def _socks(sock):
        proxy.read_exactly(sock, proxy.read_exactly(sock, 1)[0])
        sock.sendall(b"\5\0")
        kind = proxy.read_exactly(sock, 4)[3]
        proxy.read_exactly(sock, {1: 4, 4: 16}.get(kind) or proxy.read_exactly(sock, 1)[0])
        proxy.read_exactly(sock, 2)
        sock.sendall(b"\5\0\0\1" + bytes(6) + b"hello")
        sock.recv(1)

    @staticmethod
    def _anytls(sock):
        head = proxy.read_exactly(sock, 33)  # the rest of a password's hash, and a length
        proxy.read_exactly(sock, struct.unpack("!H", head[31:])[0])
        session = peer.Session(sock)
        while session.read()[0] != peer.SYN:
            pass
        session.send(peer.frame(peer.PSH, 1, b"hello"), peer.frame(peer.FIN, 1))
        session.read_until(peer.FIN)
