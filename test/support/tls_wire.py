"""A TLS client that sees the records: what the server sends, byte by byte, and how it ends."""

import socket
import ssl
import struct
import time

import proxy


class TlsWire:
    def __init__(self, port, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")
        self.sock = socket.create_connection(("127.0.0.1", port), proxy.TIMEOUT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._in.write(self.sock.recv(1 << 16))
        self._flush()
        self._settle()

    def close(self):
        self.sock.close()

    def _flush(self):
        if self._out.pending:
            self.sock.sendall(self._out.read())

    def _settle(self):
        """Takes the session tickets, which come when they come."""
        self.sock.settimeout(0.3)
        try:
            while True:
                self._in.write(self.sock.recv(1 << 16))
        except TimeoutError:
            pass
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            pass

    def send(self, *records):
        """Each piece as a record of its own; those that the server does not wait for may fail."""
        self.sock.settimeout(proxy.TIMEOUT)
        try:
            for piece in records:
                self._tls.write(piece)
                self._flush()
        except OSError:
            pass

    def transcript(self):
        """The records from now on as (type, size), the end (`close_notify`, `nothing` or `data`), how TCP ended (`FIN`
        or `RST`), and the seconds until then."""
        began = time.monotonic()
        self.sock.settimeout(proxy.TIMEOUT)
        raw = b""
        try:
            while piece := self.sock.recv(1 << 16):
                raw += piece
            tcp = "FIN"
        except ConnectionError:
            tcp = "RST"
        took = time.monotonic() - began
        self._in.write(raw)
        try:
            end = "data" if self._tls.read(1) else "close_notify"
        except ssl.SSLWantReadError:
            end = "nothing"
        except ssl.SSLZeroReturnError:
            end = "close_notify"
        records = []
        while raw:
            kind, _, size = struct.unpack("!BHH", raw[:5])
            records.append((kind, size))
            raw = raw[5 + size:]
        return records, end, tcp, took
