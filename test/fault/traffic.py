"""The load: requests of mixed kinds through the client's SOCKS and HTTP port, a fixed number in parallel, each with a
record of when it waited for what. What the records mean is accounting.py's business."""

import contextlib
import dataclasses
import hashlib
import itertools
import socket
import threading
import time

import proxy
import target
from counting_target import SMALL

KINDS = ("small", "post", "download", "small", "talk", "small", "post", "download", "small", "post")
POST, POST_PIECES, POST_PAUSE = 256 << 10, 8, 0.005
DOWNLOAD, DOWNLOAD_PAUSE_MS = 8 << 20, 10
PIECE = 1 << 16
NOTABLE = 0.05  # shorter gaps inside of a download are not written down


@dataclasses.dataclass
class Request:
    ident: int
    kind: str
    begin: float = 0.0
    end: float = 0.0
    outcome: str = "unfinished"  # ok, wrong, short (a clean end before it), reset, refused, hung
    detail: str = ""
    source: int = 0  # the application's port
    waits: list = dataclasses.field(default_factory=list)  # (what, from, to), seconds of the monotonic clock


@dataclasses.dataclass(frozen=True)
class Plan:
    requests: int
    spread: float  # their starts, in seconds
    parallel: int = 8
    talk_pause: float = 2.0
    patience: float = 60.0  # what takes longer hangs
    kinds: tuple = KINDS


class Cut(Exception):
    """A clean end before the answer was whole."""


class Wrong(Exception):
    """The answer is not the answer."""


class _Exchange:
    """One request on its way: a socket, its record, a deadline for each wait."""

    def __init__(self, record, plan):
        self.record, self.plan = record, plan
        self.since = time.monotonic()

    def waited(self, what):
        """Since the last mark."""
        now = time.monotonic()
        self.record.waits.append((what, self.since, now))
        self.since = now

    def read(self, sock, size, got, what):
        """Into `got`; the first byte ends the wait `what`, later gaps are waits of their own where they are long."""
        buffer, first = bytearray(PIECE), True
        while size:
            count = sock.recv_into(buffer, min(size, PIECE))
            if count == 0:
                raise Cut
            if first or time.monotonic() - self.since > NOTABLE:
                self.waited(what if first else "gap")
            self.since, first = time.monotonic(), False
            got(memoryview(buffer)[:count])
            size -= count


def _small(sock, exchange, ident):
    sock.sendall(b"small %d\n" % ident)
    got = bytearray()
    exchange.read(sock, SMALL, got.extend, "small")
    if got != b"".join(target.stream(SMALL, ident)):
        raise Wrong


def _post(sock, exchange, ident):
    sock.sendall(b"post %d %d\n" % (ident, POST))
    size = POST // POST_PIECES
    digest, pending = hashlib.sha256(), bytearray()
    for block in target.stream(POST, ident):
        pending += block
        while len(pending) >= size:
            time.sleep(POST_PAUSE)
            digest.update(pending[:size])
            sock.sendall(pending[:size])
            del pending[:size]
    got = bytearray()
    exchange.read(sock, 64, got.extend, "post")
    if got != digest.hexdigest().encode():
        raise Wrong


def _download(sock, exchange, ident):
    size, got = DOWNLOAD, hashlib.sha256()
    sock.sendall(b"download %d %d %d\n" % (ident, size, DOWNLOAD_PAUSE_MS))
    exchange.read(sock, size, got.update, "download")
    exchange.record.end = time.monotonic()
    if got.hexdigest() != target.digest(size, ident):
        raise Wrong


def _talk(sock, exchange, ident):
    for line in (b"hello %d\n", b"again %d\n"):
        line %= ident
        sock.sendall(b"talk %d\n" % ident if line.startswith(b"hello") else line)
        got = bytearray()
        exchange.read(sock, len(line), got.extend, "talk")
        if got != line:
            raise Wrong
        if line.startswith(b"hello"):
            _silence(sock, exchange.plan.talk_pause)
            exchange.since = time.monotonic()


def _silence(sock, seconds):
    """Nothing may come meanwhile; the end of the connection may, and shows at once."""
    patience = sock.gettimeout()
    sock.settimeout(seconds)
    try:
        raise Cut if sock.recv(1) == b"" else Wrong
    except TimeoutError:
        sock.settimeout(patience)


_DO = {"small": _small, "post": _post, "download": _download, "talk": _talk}


def perform(record, port, where, plan):
    opened = proxy.connect if record.ident % 4 == 3 else proxy.socks5
    record.begin = time.monotonic()
    exchange = _Exchange(record, plan)
    exchange.since = record.begin
    try:
        with opened(port, *where, timeout=plan.patience) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            record.source = sock.getsockname()[1]
            _DO[record.kind](sock, exchange, record.ident)
            record.outcome = "ok"
    except (Cut, EOFError):
        record.outcome = "short"
    except Wrong:
        record.outcome = "wrong"
    except proxy.Refused as why:
        record.outcome, record.detail = "refused", str(why)
    except TimeoutError:
        record.outcome = "hung"
    except OSError as why:
        record.outcome, record.detail = "reset", str(why)
    except Exception as why:  # an answer of the proxy that is none
        record.outcome, record.detail = "wrong", repr(why)
    record.end = record.end or time.monotonic()
    return record


class Load:
    """Lives in a Helper. One schedule at a time; its numbers go on where the last one ended."""

    def __init__(self, port, where):
        self._port, self._where = port, where
        self._ident = itertools.count(1)
        self._awake = threading.Event()
        self._awake.set()
        self._threads, self._records, self._held = [], [], []

    def start(self, plan):
        self._records = []
        began = time.monotonic()
        work = iter([(began + number * plan.spread / plan.requests, plan.kinds[number % len(plan.kinds)])
                     for number in range(plan.requests)])
        lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(work, lock, plan)) for _ in range(plan.parallel)]
        for one in self._threads:
            one.start()

    def _work(self, work, lock, plan):
        while True:
            with lock:
                due, kind = next(work, (None, None))
                if kind is None:
                    return
                record = Request(next(self._ident), kind)
            time.sleep(max(0.0, due - time.monotonic()))
            self._awake.wait()
            self._records.append(record)
            perform(record, self._port, self._where, plan)

    def pause(self):
        """No request begins until resume(): the applications sleep too."""
        self._awake.clear()

    def resume(self):
        self._awake.set()

    def busy(self):
        return any(one.is_alive() for one in self._threads)

    def finish(self):
        for one in self._threads:
            one.join()
        return self._records

    def hold(self, count, where=None, talk=False):
        """Opens that many connections beside the schedule and keeps them. Their target is `where`, else one that says
        nothing, or answers (`talk`)."""
        word = b"talk 0\n" if talk else b"hold\n"
        for _ in range(count):
            threading.Thread(target=self._hold, args=(where or self._where, word), daemon=True).start()

    def _hold(self, where, word):
        with contextlib.suppress(OSError, EOFError, proxy.Refused):
            sock = proxy.dial(self._port)
            self._held.append(sock)
            sock.sendall(b"\5\1\0\5\1\0" + proxy.socks_address(*where))
            sock.sendall(word)

    def release(self):
        """By a reset: a FIN would be a half-close, after which an answer may still come."""
        for sock in self._held:
            target.reset(sock)
        self._held.clear()
