"""A TCP relay in front of a server that counts connections and writes down the TLS records of both directions."""

import socket
import struct
import threading

from target import end

APPLICATION_DATA = 23
# Of a TLS 1.3 record: 5 bytes of header, 1 of the inner type, 16 of the tag.
OVERHEAD = 22
PRE_SHARED_KEY = 41  # RFC 8446, 4.2
_FIRST = 1 << 13  # bytes kept of what came first: more than a ClientHello


class Connection:
    def __init__(self):
        self.up = []  # (type, bytes on the wire) of each record
        self.down = []
        self.from_client = Records(self.up)
        self.from_server = Records(self.down)
        self.sockets = ()
        self.frozen = False  # a black hole from now on: nothing passes, nothing is answered above TCP
        self.open = True

    def cut(self):
        for sock in self.sockets:
            end(sock)

    @property
    def first_sent(self):
        """What the client sent first, the ClientHello and perhaps more."""
        return self.from_client.first

    def resumed(self):
        """Whether the ServerHello takes a ticket (TLS 1.3)."""
        hello = self.from_server.first
        at = 5 + 4 + 2 + 32  # headers of record and message, version, random
        at += 1 + hello[at]  # session id
        at += 2 + 1  # cipher suite, compression
        end_of_it = at + 2 + struct.unpack_from("!H", hello, at)[0]
        at, kinds = at + 2, []
        while at < end_of_it:
            kind, size = struct.unpack_from("!HH", hello, at)
            kinds.append(kind)
            at += 4 + size
        return PRE_SHARED_KEY in kinds

    def sent(self):
        """Plaintext sizes of what the client sent after its handshake, in order (TLS 1.3)."""
        return [size - OVERHEAD for kind, size in self.up if kind == APPLICATION_DATA][1:]  # the first is Finished


class Records:
    """Cuts a byte stream into the headers of TLS records."""

    def __init__(self, out):
        self._out, self._head, self._skip = out, b"", 0
        self.first = b""

    def feed(self, data):
        if len(self.first) < _FIRST:
            self.first += data[:_FIRST]
        while data:
            if self._skip:
                used = min(self._skip, len(data))
                self._skip -= used
                data = data[used:]
                continue
            used = 5 - len(self._head)
            self._head, data = self._head + data[:used], data[used:]
            if len(self._head) == 5:
                size = struct.unpack("!H", self._head[3:])[0]
                self._out.append((self._head[0], size + 5))
                self._head, self._skip = b"", size


class PassThrough:
    def __init__(self, port, host="127.0.0.1"):
        self._to = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.connections = []
        self._sockets = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        end(self._listener)
        self._listener.close()
        self.cut()

    def redirect(self, port):
        """Where later connections go."""
        self._to = (self._to[0], port)

    def cut(self):
        """Ends every connection."""
        for sock in list(self._sockets):
            end(sock)

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
            except OSError:
                return
            seen = Connection()
            self.connections.append(seen)
            threading.Thread(target=self._serve, args=(near, far, seen), daemon=True).start()

    def _serve(self, near, far, seen):
        with near, far:
            self._sockets |= {near, far}
            seen.sockets = (near, far)
            for sock in (near, far):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            up = threading.Thread(target=self._pump, args=(near, far, seen.from_client, seen), daemon=True)
            up.start()
            self._pump(far, near, seen.from_server, seen)
            up.join()
            seen.open = False
            self._sockets -= {near, far}

    def open_connections(self):
        return [c for c in list(self.connections) if c.open]

    @staticmethod
    def _pump(source, sink, records, seen):
        try:
            while data := source.recv(1 << 16):
                if seen.frozen:
                    continue
                records.feed(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for one in (source, sink):
                end(one)
