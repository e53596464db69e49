"""The target of the load: test/support/target.py, and it counts what arrives. Each request carries its own number.

    small ID                 1 KiB, then the end
    post ID SIZE             reads SIZE bytes, answers their SHA-256
    download ID SIZE MS      SIZE bytes in pieces of 256 KiB with a pause after each
    talk ID                  says hello, answers the next line with itself, then the end
"""

import collections
import hashlib
import select
import time

import target

SMALL = 1024
PIECE = 4  # blocks of target.BLOCK between two pauses


class CountingTarget(target.Target):
    def __init__(self, host):
        super().__init__(host)
        self._arrived = collections.Counter()
        self._cleanly_short = set()  # uploads of which only a part came, with an end that looked right

    def where(self):
        return self.host, self.port

    def arrived(self):
        return dict(self._arrived)

    def cleanly_short(self):
        return set(self._cleanly_short)

    def hang_up(self):
        """Ends every connection: the clients' sessions are idle then."""
        for sock in list(self._open):
            target.end(sock)

    def _do_hold(self, sock, _reader):
        """Until the other side has gone: a soak holds thousands, one after another."""
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        poll.poll()

    def _do_small(self, sock, _reader, ident):
        self._arrived[int(ident)] += 1
        for piece in target.stream(SMALL, int(ident)):
            sock.sendall(piece)

    def _do_post(self, sock, reader, ident, size):
        self._arrived[int(ident)] += 1
        left, out = int(size), hashlib.sha256()
        while left and (piece := reader.read1(min(left, target.BLOCK))):
            out.update(piece)
            left -= len(piece)
        if left:  # no answer: the checksum of a part would look like one
            self._cleanly_short.add(int(ident))
        else:
            sock.sendall(out.hexdigest().encode())

    def _do_download(self, sock, _reader, ident, size, pause):
        self._arrived[int(ident)] += 1
        for number, piece in enumerate(target.stream(int(size), int(ident)), 1):
            sock.sendall(piece)
            if number % PIECE == 0:
                time.sleep(int(pause) / 1000)

    def _do_talk(self, sock, reader, ident):
        self._arrived[int(ident)] += 1
        sock.sendall(b"hello %d\n" % int(ident))
        sock.sendall(reader.readline())
