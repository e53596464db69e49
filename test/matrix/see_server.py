"""Proofs about what a server with an option says: to Python's TLS, to raw ClientHellos, and to our own client."""

import contextlib
import dataclasses
import hashlib
import socket
import ssl
import threading

import anytls
import ech
import peer
import proxy
from entry import boringssl
from pass_through import PassThrough
from target import end

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@dataclasses.dataclass
class Met:
    """A handshake as the client has seen it."""
    version: str = None
    cipher: str = None
    alpn: str = None
    sha256: str = None  # of the certificate that was shown
    asked: bool = False  # for a certificate
    failed: str = None


def meet(port, name="localhost", alpn=(), version=None, ciphers=None, own=None):
    """`version`: the only one. `own`: the client's certificate."""
    met = Met()

    def look(_conn, direction, _version, _content, kind, _data):
        met.asked |= direction == "read" and kind == ssl._TLSMessageType.CERTIFICATE_REQUEST

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context._msg_callback = look
    if version:
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    if alpn:
        context.set_alpn_protocols(alpn)
    if own:
        context.load_cert_chain(own.cert, own.key)
    try:
        with context.wrap_socket(proxy.dial(port), server_hostname=name) as sock:
            met.version, met.cipher, met.alpn = sock.version(), sock.cipher()[0], sock.selected_alpn_protocol()
            met.sha256 = hashlib.sha256(sock.getpeercert(True)).hexdigest()
    except OSError as error:
        met.failed = str(error)
    return met


def shows(certificate, name="localhost"):
    """The certificate (a name of the test's) for who asks for `name`."""
    def proof(test, subject):
        test.assertEqual(meet(subject.start().port(), name).sha256, getattr(test, certificate).sha256)
    return proof


def agrees(offers=None, **wanted):
    """On that, with a client that offers (arguments of meet())."""
    def proof(test, subject):
        met = meet(subject.start().port(), **(offers or {}))
        test.assertIsNone(met.failed)
        for name, value in wanted.items():
            test.assertEqual(getattr(met, name), value, name)
    return proof


def speaks(*versions):
    """These, and no other."""
    def proof(test, subject):
        port = subject.start().port()
        spoken = [one for one in (TLS_1_2, TLS_1_3) if meet(port, version=one).failed is None]
        test.assertEqual(spoken, list(versions))
    return proof


def chooses_alpn(**by_offer):
    """For each protocol that a client alone offers: whether it is agreed on; None: the handshake fails."""
    def proof(test, subject):
        port = subject.start().port()
        for protocol, wanted in by_offer.items():
            met = meet(port, alpn=[protocol])
            got = None if met.failed else met.alpn is not None
            test.assertEqual(got, wanted, protocol)
    return proof


def lets_in(asks, nobody, stranger, known):
    """Clients without a certificate, with a strange one, with one that is known. TLS 1.2: it fails in the handshake."""
    def proof(test, subject):
        port = subject.start().port()
        for own, wanted in ((None, nobody), (test.other, stranger), (test.own, known)):
            met = meet(port, version=TLS_1_2, own=own)
            test.assertEqual(met.failed is None, wanted, f"{own}: {met.failed}")
            test.assertEqual(met.asked, asks)
    return proof


def selects_group(number):
    """The group of its ServerHello (or HelloRetryRequest), asked by a ClientHello that has them all."""
    def proof(test, subject):
        with proxy.dial(subject.start().port()) as sock:
            sock.sendall(test.hello_of_all_groups)
            test.assertEqual(proxy.read_exactly(sock, 5)[:1], b"\x16", "a handshake record")
            test.assertEqual(_group_of(sock), number)
    return proof


def _group_of(sock):
    head = proxy.read_exactly(sock, 4)
    body = proxy.read_exactly(sock, int.from_bytes(head[1:], "big"))
    at = 2 + 32
    at += 1 + body[at] + 2 + 1  # session id, cipher suite, compression
    at += 2
    while at < len(body):
        kind, size = int.from_bytes(body[at:at + 2], "big"), int.from_bytes(body[at + 2:at + 4], "big")
        if kind == 51:  # key_share
            return int.from_bytes(body[at + 4:at + 6], "big")
        at += 4 + size
    raise AssertionError("no key_share in the ServerHello")


def takes_ech(wanted):
    """Our client, whose name is hidden, gets through, or is told that there is no ECH here."""
    def proof(test, subject):
        wire = test.keep(PassThrough(subject.start().port()))
        client = ech.start_our_client(test, wire.port, ech.client_tls(test.hidden, test.ech_keys))
        target = test.keep(WebServer(b"through"))
        try:
            with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
                sock.sendall(b"GET")
                got = proxy.read_exactly(sock, 7)
        except (OSError, EOFError, proxy.Refused):
            got = None
        test.assertEqual(got == b"through", wanted)
        test.assertNotIn(ech.INNER.encode(), wire.connections[0].first_sent)
        if not wanted:
            client.wait_log("the server does not take our ECH configuration")
    return boringssl(proof)


class WebServer:
    """Says one thing to whoever says anything."""

    def __init__(self, words, host="127.0.0.1"):
        self._words = words
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        end(self._listener)
        self._listener.close()

    def _serve(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock, contextlib.suppress(OSError):
                sock.settimeout(proxy.TIMEOUT)
                if sock.recv(1 << 16):
                    sock.sendall(self._words)


def hands_over(**by_protocol):
    """Visitors who agree on a protocol ("nothing": on none) to a web server of the test's; None: they are closed."""
    def proof(test, subject):
        port = subject.start().port()
        for protocol, wanted in by_protocol.items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if protocol != "nothing":
                context.set_alpn_protocols([protocol])
            with context.wrap_socket(proxy.dial(port), server_hostname="localhost") as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                got = b""
                with contextlib.suppress(OSError):
                    while len(got) < 9 and (piece := sock.recv(9)):
                        got += piece
            test.assertEqual(got, wanted or b"", protocol)
    return proof


def serves(test, subject):
    """Our protocol: a session is answered."""
    session = test.keep(peer.client(subject.start().port()))
    session.send(peer.frame(peer.HEART_REQUEST, 0))
    session.read_until(peer.HEART_RESPONSE)


def changes_nothing(test, subject):
    """As sing-box has it: the option is there, and a server does not use it."""
    shows("cert", "b.example")(test, subject)
    test.assertEqual(anytls.call("check", "-c", subject.write()).err, "")
