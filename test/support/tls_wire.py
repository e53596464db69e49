"""A TLS client that sees the records: what the server sends, byte by byte, and how it ends."""

import socket
import ssl
import struct
import time

import proxy


class TlsWire:
    def __init__(self, port, version=ssl.TLSVersion.TLSv1_3, alpn=(), before=(), settle=0.3, tickets=0):
        """Waits for so many `tickets` of TLS 1.3, and until nothing has come for `settle` seconds."""
        self._patience = settle
        self._tickets = 0
        self._early = b""  # HTTP/2 servers speak first
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        context._msg_callback = self._count_tickets
        if alpn:
            context.set_alpn_protocols(alpn)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")
        self.sock = socket.create_connection(("127.0.0.1", port), proxy.TIMEOUT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in before:  # in front of TLS
            self.sock.sendall(piece)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._in.write(self._receive())
        self._flush()
        self._settle(tickets)

    def close(self):
        self.sock.close()

    def _flush(self):
        if self._out.pending:
            self.sock.sendall(self._out.read())

    def _receive(self):
        piece = self.sock.recv(1 << 16)
        if not piece:
            raise EOFError("closed in the handshake")
        return piece

    def _count_tickets(self, _conn, direction, _version, _content, kind, _data):
        if direction == "read" and kind == ssl._TLSMessageType.NEWSESSION_TICKET:
            self._tickets += 1

    def _settle(self, tickets):
        """Takes the session tickets, which come when they come."""
        self._take_early()
        while self._tickets < tickets:
            self._in.write(self._receive())
            self._take_early()
        self.sock.settimeout(self._patience)
        try:
            while piece := self.sock.recv(1 << 16):
                self._in.write(piece)
        except TimeoutError:
            pass
        self._take_early()

    def _take_early(self):
        try:
            self._early += self._tls.read(1 << 16)
        except ssl.SSLWantReadError:
            pass

    def alpn(self):
        return self._tls.selected_alpn_protocol()

    def send(self, *records):
        """Each piece as a record of its own; those that the server does not wait for may fail."""
        self.sock.settimeout(proxy.TIMEOUT)
        try:
            for piece in records:
                self._tls.write(piece)
                self._flush()
        except OSError:
            pass

    def send_bytewise(self, record):
        """One record, every byte of it in a segment of its own."""
        self._tls.write(record)
        for byte in self._out.read():
            self.sock.sendall(bytes([byte]))

    def receive(self, least):
        """At least so many bytes."""
        self.sock.settimeout(proxy.TIMEOUT)
        out = b""
        while len(out) < least:
            piece = self.sock.recv(1 << 16)
            if not piece:
                raise EOFError(f"{len(out)} of {least} bytes, then the end")
            self._in.write(piece)
            try:
                out += self._tls.read(1 << 16)
            except ssl.SSLWantReadError:
                pass
        return out

    def takes_more(self):
        """After the server's FIN: whether it still takes what comes, or answers with a reset."""
        try:
            for _ in range(3):
                self.sock.sendall(b"\x17\3\3\0\x14" + bytes(20))
                time.sleep(0.05)
            return True
        except OSError:
            return False

    def close_notify(self):
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass  # the answer is not there yet
        self._flush()

    def finish(self):
        """FIN; what comes is still read."""
        self.sock.shutdown(socket.SHUT_WR)

    def plaintext(self):
        """After transcript(): what came, and whether a close_notify ended it."""
        out = self._early
        while True:
            try:
                piece = self._tls.read(1 << 16)
            except ssl.SSLWantReadError:
                return out, False
            except ssl.SSLZeroReturnError:
                return out, True
            if not piece:
                return out, True
            out += piece

    def raw_transcript(self):
        """The records from now on as (type, size), how TCP ended (`FIN` or `RST`), and the seconds until then."""
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
        records = []
        while raw:
            kind, _, size = struct.unpack("!BHH", raw[:5])
            records.append((kind, size))
            raw = raw[5 + size:]
        return records, tcp, took

    def transcript(self):
        """The same with the end before TCP's: `close_notify`, `nothing` or `data`."""
        records, tcp, took = self.raw_transcript()
        data, ended = self.plaintext()
        return records, "data" if data else "close_notify" if ended else "nothing", tcp, took
