"""A ClientHello (RFC 8446, 4.1.2) as the wire has it: caught on loopback, taken apart, reduced to what may be compared.

    catcher = self.keep(client_hello.Catcher())     # a listener that never answers
    ... something connects to 127.0.0.1:catcher.port ...
    hello = catcher.next()                          # or, of a client of ours: client_hello.of_client(catcher, client)
    hello.ja4(), hello.server_name, hello.alpn, hello.extension_ids(), hello.fields()
"""

import dataclasses
import hashlib
import queue
import socket
import struct
import threading

import anytls
from target import end

CHROME_JA4 = "t13d1517h2_8daaf6152771_cb7bf5808d99"  # the one that ours is modelled on: test/browser

HANDSHAKE, CLIENT_HELLO = 22, 1
GREASE = "GREASE"  # what the values of RFC 8701 are folded to

SERVER_NAME, STATUS_REQUEST, GROUPS, SIGNATURE_ALGORITHMS, ALPN, SCT, PADDING = 0, 5, 10, 13, 16, 18, 21
CERTIFICATE_COMPRESSION, SESSION_TICKET, PRE_SHARED_KEY, EARLY_DATA, VERSIONS, PSK_MODES = 27, 35, 41, 42, 43, 45
CERTIFICATE_AUTHORITIES, KEY_SHARE, ALPS_OLD, ALPS, TRUST_ANCHORS, ECH = 47, 51, 17513, 17613, 0xca34, 0xfe0d


class Malformed(ValueError):
    pass


def is_grease(value):
    return value & 0x0f0f == 0x0a0a and value >> 8 == value & 0xff


def fold(values):
    """The same list with every GREASE value replaced by the word."""
    return [GREASE if is_grease(v) else v for v in values]


class _Reader:
    def __init__(self, data):
        self._data, self._at = data, 0

    def __bool__(self):
        return self._at < len(self._data)

    def take(self, size):
        piece = self._data[self._at:self._at + size]
        if len(piece) != size:
            raise Malformed(f"{size} bytes wanted, {len(piece)} left")
        self._at += size
        return piece

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def block(self, size):
        """What a length of `size` bytes stands before."""
        return self.take(self.number(size))

    def end(self):
        if self:
            raise Malformed(f"{len(self._data) - self._at} bytes too many")


def _numbers(data, size=2):
    return [int.from_bytes(data[i:i + size], "big") for i in range(0, len(data), size)]


def _list(data, length_size=2, size=2):
    reader = _Reader(data)
    out = _numbers(reader.block(length_size), size)
    reader.end()
    return out


def _names(data):
    reader, out = _Reader(_Reader(data).block(2)), []
    while reader:
        out.append(reader.block(1).decode())
    return out


def message(data):
    """The handshake message in `data` without its records, and the sizes of the records' contents."""
    body, sizes = b"", []
    reader = _Reader(data)
    while reader and (len(body) < 4 or len(body) < 4 + int.from_bytes(body[1:4], "big")):
        kind, _, size = struct.unpack("!BHH", reader.take(5))
        if kind != HANDSHAKE:
            raise Malformed(f"a record of type {kind}")
        body += reader.take(size)
        sizes.append(size)
    return body, sizes


@dataclasses.dataclass
class ClientHello:
    version: int
    random: bytes
    session_id: bytes
    cipher_suites: list
    compression: list
    extensions: list  # (type, content) in the order of the wire
    record_version: int  # None where there was no record
    record_sizes: list  # more than one where it was cut into several records
    raw: bytes

    def has(self, kind):
        return any(k == kind for k, _ in self.extensions)

    def extension(self, kind):
        """Its content; None where it is missing."""
        return next((content for k, content in self.extensions if k == kind), None)

    def _decoded(self, kind, decode):
        content = self.extension(kind)
        return None if content is None else decode(content)

    @property
    def server_name(self):
        return self._decoded(SERVER_NAME, lambda c: c[5:].decode())

    @property
    def alpn(self):
        return self._decoded(ALPN, _names)

    @property
    def versions(self):
        return self._decoded(VERSIONS, lambda c: _list(c, 1))

    @property
    def groups(self):
        return self._decoded(GROUPS, _list)

    @property
    def signature_algorithms(self):
        return self._decoded(SIGNATURE_ALGORITHMS, _list)

    @property
    def key_shares(self):
        """(group, bytes of the share) in order."""
        content = self.extension(KEY_SHARE)
        if content is None:
            return None
        reader, out = _Reader(_Reader(content).block(2)), []
        while reader:
            group = reader.number(2)
            out.append((group, len(reader.block(2))))
        return out

    @property
    def psk_modes(self):
        return self._decoded(PSK_MODES, lambda c: _list(c, 1, 1))

    @property
    def certificate_compression(self):
        return self._decoded(CERTIFICATE_COMPRESSION, lambda c: _list(c, 1))

    @property
    def alps(self):
        """The protocols with application settings, of the new extension type."""
        return self._decoded(ALPS, _names)

    @property
    def ech(self):
        """The outer form of encrypted_client_hello (RFC 9849, 5), or None. GREASE looks the same, that is its use."""
        content = self.extension(ECH)
        if content is None:
            return None
        reader = _Reader(content)
        out = {"type": reader.number(1)}
        if out["type"] == 0:
            out |= {"kdf": reader.number(2), "aead": reader.number(2), "config_id": reader.number(1),
                    "enc": reader.block(2), "payload": reader.block(2)}
        reader.end()
        return out

    def extension_ids(self, order=False):
        """Types of the extensions with GREASE folded; sorted, as their order is random in a browser."""
        ids = fold(kind for kind, _ in self.extensions)
        return ids if order else sorted(ids, key=lambda k: (k == GREASE, 0 if k == GREASE else k))

    def ja4_r(self):
        """The readable JA4: https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md"""
        a, ciphers, rest = self._ja4_parts()
        return f"{a}_{ciphers}_{rest}"

    def ja4(self):
        a, ciphers, rest = self._ja4_parts()
        return f"{a}_{_ja4_hash(ciphers)}_{_ja4_hash(rest)}"

    def _ja4_parts(self):
        ciphers = [c for c in self.cipher_suites if not is_grease(c)]
        kinds = [k for k, _ in self.extensions if not is_grease(k)]
        newest = max((v for v in self.versions or [self.version] if not is_grease(v)), default=0)
        version = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}.get(newest, "00")
        first = (self.alpn or [""])[0] or "00"
        ends = first[0] + first[-1]
        if not ends.isalnum():
            code = first.encode().hex()
            ends = code[0] + code[-1]
        name = "d" if self.has(SERVER_NAME) else "i"
        a = f"t{version}{name}{min(len(ciphers), 99):02}{min(len(kinds), 99):02}{ends}"
        sorted_kinds = ",".join(sorted(f"{k:04x}" for k in kinds if k not in (SERVER_NAME, ALPN)))
        algorithms = ",".join(f"{s:04x}" for s in self.signature_algorithms or [] if not is_grease(s))
        return a, ",".join(sorted(f"{c:04x}" for c in ciphers)), sorted_kinds + ("_" + algorithms if algorithms else "")

    def fields(self):
        """All that two hellos of one program have in common, by name. Left out or folded is what is random (GREASE
        values, order of the extensions, keys, ECH GREASE) or the connection's own (name, tickets)."""
        out = {
            "version": self.version,
            "session id bytes": len(self.session_id),
            "cipher suites": fold(self.cipher_suites),
            "compression": self.compression,
            "extensions": [k for k in self.extension_ids() if k not in (PRE_SHARED_KEY, PADDING)],
            "versions": fold(self.versions or []),
            "groups": fold(self.groups or []),
            "signature algorithms": fold(self.signature_algorithms or []),
            "key shares": [(GREASE if is_grease(g) else g, size) for g, size in self.key_shares or []],
        }
        # Left out here: random, or above in a readable form.
        own = {SERVER_NAME, VERSIONS, GROUPS, SIGNATURE_ALGORITHMS, KEY_SHARE, SESSION_TICKET, PRE_SHARED_KEY, PADDING, ECH}
        for kind, content in self.extensions:
            if kind not in own and not is_grease(kind):
                out[f"extension {kind}"] = content.hex()
        ends = [len(content) for kind, content in self.extensions if is_grease(kind)]
        out["bytes of GREASE extensions"] = ends
        if self.ech:
            # Of the payload only the class: its size follows the name's, in steps of 32.
            out["ech"] = {k: v for k, v in self.ech.items() if k in ("type", "kdf", "aead")}
            out["ech key bytes"] = len(self.ech.get("enc", b""))
        return out


def _ja4_hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def parse(data):
    """`data`: TLS records from the first on, or the bare handshake message. Raises Malformed."""
    record_version, sizes = None, []
    if data[:1] == bytes([HANDSHAKE]):
        record_version = int.from_bytes(data[1:3], "big")
        data, sizes = message(data)
    whole = _Reader(data)
    if whole.number(1) != CLIENT_HELLO:
        raise Malformed("not a ClientHello")
    body = _Reader(whole.block(3))
    version, random, session_id = body.number(2), body.take(32), body.block(1)
    ciphers, compression = _numbers(body.block(2)), list(body.block(1))
    extensions = []
    if body:
        reader = _Reader(body.block(2))
        while reader:
            kind = reader.number(2)
            extensions.append((kind, reader.block(2)))
    body.end()
    return ClientHello(version, random, session_id, ciphers, compression, extensions, record_version, sizes, data)


def receive(sock):
    """The records of a ClientHello from a socket, as they are; what came before it ended where that is less."""
    data = b""
    while piece := sock.recv(1 << 16):
        data += piece
        try:
            body, _ = message(data)
        except Malformed:
            if data[:1] != bytes([HANDSHAKE]):
                raise
            continue
        if len(body) >= 4 and len(body) >= 4 + int.from_bytes(body[1:4], "big"):
            break
    return data


class Catcher:
    """A server that reads one ClientHello from each connection and ends it."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._caught = queue.Queue()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        end(self._listener)
        self._listener.close()

    def next(self, timeout=10):
        """The next ClientHello, in the order of arrival; queue.Empty where none comes."""
        return parse(self._caught.get(timeout=timeout * anytls.PATIENCE))

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock:
            sock.settimeout(10 * anytls.PATIENCE)
            try:
                data = receive(sock)
            except (OSError, Malformed):
                return
            if data:
                self._caught.put(data)


def of_client(catcher, client):
    """The first ClientHello of a program of ours that offers a proxy and whose server is `catcher`; it is ended."""
    with socket.create_connection(("127.0.0.1", client.port())) as sock:
        sock.sendall(b"\4\1\0\x50\0\0\0\1\0target.example\0")  # SOCKS 4a: all in one go, and nobody waits for the answer
        hello = catcher.next()
    client.kill()
    return hello


def main():
    """Prints what connects: a client of ours, a browser that is sent to https://localhost:PORT."""
    catcher = Catcher()
    print(f"listening on 127.0.0.1:{catcher.port}", flush=True)
    while True:
        try:
            hello = catcher.next(3600)
        except queue.Empty:
            continue
        print(f"\n{hello.ja4()}\n{hello.ja4_r()}", flush=True)
        for name, value in hello.fields().items():
            print(f"  {name}: {value}", flush=True)


if __name__ == "__main__":
    main()
