"""A server behind the proxy. The first line of a connection says what it is to do:

    echo                 sends back what comes, until the end
    sha N                reads N bytes, answers their SHA-256 (64 hex digits)
    source N SEED        sends N bytes of the pseudo-random stream of SEED, then ends
    late N SEED SECONDS  the same after a while: an answer to somebody who has half-closed
    reset N SEED         sends N bytes, waits a little and resets the connection
    hold                 neither reads nor writes
"""

import hashlib
import itertools
import random
import socket
import struct
import threading
import time

BLOCK = 1 << 16


def stream(size, seed):
    """`size` pseudo-random bytes in blocks; no two blocks are equal."""
    block = random.Random(seed).randbytes(BLOCK)
    for number in itertools.count():
        if size <= 0:
            return
        piece = (number.to_bytes(8, "big") + block[8:])[:size]
        size -= len(piece)
        yield piece


def digest(size, seed):
    out = hashlib.sha256()
    for piece in stream(size, seed):
        out.update(piece)
    return out.hexdigest()


def reset(sock):
    """Ends with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def end(sock):
    """Wakes every thread that waits for `sock`; closing alone would not."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Target:
    def __init__(self, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=512)
        self.port = self._listener.getsockname()[1]
        self.host = host
        self.accepted = 0
        self._open = set()
        self._stop = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._stop.set()
        end(self._listener)
        self._listener.close()
        for sock in list(self._open):
            end(sock)

    def open_connections(self):
        return len(self._open)

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        self._open.add(sock)
        try:
            with sock.makefile("rb") as reader:
                words = reader.readline().decode().split()
                if words:
                    getattr(self, "_do_" + words[0])(sock, reader, *words[1:])
        except OSError:
            pass
        finally:
            self._open.discard(sock)
            sock.close()

    def _do_echo(self, sock, reader):
        while piece := reader.read1(BLOCK):
            sock.sendall(piece)

    def _do_sha(self, sock, reader, size):
        left, out = int(size), hashlib.sha256()
        while left and (piece := reader.read1(min(left, BLOCK))):
            out.update(piece)
            left -= len(piece)
        sock.sendall(out.hexdigest().encode())

    def _do_source(self, sock, reader, size, seed):
        for piece in stream(int(size), int(seed)):
            sock.sendall(piece)

    def _do_late(self, sock, reader, size, seed, seconds):
        time.sleep(float(seconds))
        self._do_source(sock, reader, size, seed)

    def _do_reset(self, sock, reader, size, seed):
        self._do_source(sock, reader, size, seed)
        time.sleep(0.3)
        reader.close()
        reset(sock)

    def _do_hold(self, sock, reader):
        self._stop.wait()


class BlackHole:
    """Where connecting hangs: a listening socket whose queue is full."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._fill = []
        self.works = False
        while len(self._fill) < 64 and not self.works:
            one = socket.socket()
            one.settimeout(0.2)
            self._fill.append(one)
            try:
                one.connect(("127.0.0.1", self.port))
            except TimeoutError:
                self.works = True

    def close(self):
        for one in (*self._fill, self._listener):
            one.close()


def closed_port(host="127.0.0.1"):
    """A port where nobody listens. Bound and never listened on, so that nobody else gets it meanwhile."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.bind((host, 0))
    return sock.getsockname()[1], sock
