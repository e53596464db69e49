"""A server that takes a ClientHello apart: which segments and records it came in. It never answers."""

import socket
import struct
import threading

from target import end

_HANDSHAKE = 22


class Hello:
    def __init__(self):
        self.chunks = []  # what one recv() gave each; far enough apart in time, one for each piece that was sent
        self.segments = 0  # TCP segments with data, as the kernel counted them

    @property
    def wire(self):
        return b"".join(self.chunks)

    def records(self):
        """Payloads of the whole handshake records."""
        found, left = [], self.wire
        while len(left) >= 5:
            kind, size = left[0], struct.unpack("!H", left[3:5])[0]
            if kind != _HANDSHAKE or len(left) < 5 + size:
                break
            found.append(left[5:5 + size])
            left = left[5 + size:]
        return found

    def complete(self):
        message = b"".join(self.records())
        return len(message) >= 4 and len(message) == 4 + int.from_bytes(message[1:4], "big")


class HelloCatcher:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._caught = threading.Event()
        self._first = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        end(self._listener)
        self._listener.close()

    def first(self, timeout=30):
        """The first whole ClientHello."""
        if not self._caught.wait(timeout):
            raise AssertionError("no ClientHello came")
        return self._first

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(sock,), daemon=True).start()

    def _read(self, sock):
        hello = Hello()
        with sock:
            while not hello.complete():
                data = sock.recv(1 << 16)
                if not data:
                    return
                hello.chunks.append(data)
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            hello.segments = struct.unpack_from("=I", info, _DATA_SEGS_IN)[0]
            if not self._caught.is_set():
                self._first = hello
                self._caught.set()


_DATA_SEGS_IN = 152  # tcpi_data_segs_in of struct tcp_info, linux/tcp.h
