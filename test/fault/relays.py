"""What stands between client and server in some rows: a path with a delay, a server that closes connections. asyncio on
a thread of its own; each lives in a Helper."""

import asyncio
import collections
import fcntl
import random
import ssl
import struct
import termios
import threading
import time

from peer import FIN

CHUNK = 1 << 16


class Relay:
    """Passes bytes on, `delay` seconds later in each direction."""

    def __init__(self, listen, to, delay=0.0):
        self._listen, self._to, self._delay = listen, to, delay
        self._armed = False
        self._open = set()
        self.accepted = self._closed_by_us = self._most_in_handshake = 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True).start()
        if not self._ready.wait(10):
            raise RuntimeError("the relay does not listen")

    def counts(self):
        return {"accepted": self.accepted, "open": len(self._open), "closed by us": self._closed_by_us,
                "most in handshake": self._most_in_handshake}

    def arm(self):
        """From now on it shows its habit."""
        self._armed = True

    async def _main(self):
        server = await asyncio.start_server(self._serve, *self._listen, backlog=4096, **self._incoming())
        asyncio.create_task(self._watch())
        self._ready.set()
        await server.serve_forever()

    def _incoming(self):
        return {}

    def _outgoing(self):
        return {}

    async def _watch(self):
        pass

    async def _serve(self, near_reader, near):
        self.accepted += 1
        connection = Connection(near)
        self._open.add(connection)
        in_handshake = sum(one.flights < 2 for one in self._open)
        self._most_in_handshake = max(self._most_in_handshake, in_handshake)
        try:
            far_reader, connection.far = await asyncio.open_connection(*self._to, **self._outgoing())
            await asyncio.gather(self._pump(near_reader, connection.far, connection, True),
                                 self._pump(far_reader, near, connection, False))
        except (OSError, EOFError, ssl.SSLError, AttributeError):  # the last: asyncio's TLS after its end
            connection.abort()
        finally:
            self._open.discard(connection)
            connection.close()

    async def _pump(self, reader, writer, connection, up):
        queue, more, room = collections.deque(), asyncio.Event(), asyncio.Event()
        room.set()

        def end():  # behind what is still to be written
            queue.append((time.monotonic() + self._delay, None))
            more.set()

        if not up:
            connection.end = end

        async def write():
            while True:
                while not queue:
                    more.clear()
                    await more.wait()
                due, data = queue.popleft()
                if (wait := due - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                if data is None:
                    if writer.can_write_eof():
                        writer.write_eof()
                    else:  # TLS has no half-close
                        connection.close()
                    return
                writer.write(data)
                await writer.drain()
                room.set()

        writing = asyncio.create_task(write())
        try:
            while data := await reader.read(CHUNK):
                connection.passes(up)
                queue.append((time.monotonic() + self._delay, data))
                more.set()
                self.looked_at(data, connection, up)
                if len(queue) > 1000:
                    room.clear()
                    await room.wait()
        except (OSError, ssl.SSLError):
            await asyncio.sleep(self._delay)
            writing.cancel()
            raise
        end()
        await writing

    def looked_at(self, data, connection, up):
        pass


class Connection:
    def __init__(self, near):
        self.near, self.far, self.end = near, None, self.close
        self.last, self.flights, self._up = time.monotonic(), 0, False
        self.state = {}

    def passes(self, up):
        self.last = time.monotonic()
        if up and not self._up:
            self.flights += 1
        self._up = up

    def quiet(self, seconds):
        """Nothing has passed, and nothing waits in the kernel: what the client has sent by now counts as a request."""
        if time.monotonic() - self.last < seconds:
            return False
        waiting = fcntl.ioctl(self.near.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4))
        return not any(waiting)

    def close(self):
        for one in (self.near, self.far):
            if one is not None:
                one.close()

    def abort(self):
        for one in (self.near, self.far):
            if one is not None:
                one.transport.abort()


class ClosesIdle(Relay):
    """Closes what has been silent for `idle` seconds."""

    def __init__(self, listen, to, idle):
        self._idle = idle
        super().__init__(listen, to)

    async def _watch(self):
        while True:
            await asyncio.sleep(self._idle / 50)
            for one in list(self._open):
                if self._armed and one.far and one.quiet(self._idle):
                    self._closed_by_us += 1
                    one.close()


class ClosesAtRandom(Relay):
    """Every `every` seconds in the mean it closes one connection that has been silent for `quiet`."""

    def __init__(self, listen, to, every, quiet=0.02, seed=1):
        self._every, self._quiet, self._random = every, quiet, random.Random(seed)
        super().__init__(listen, to)

    async def _watch(self):
        while True:
            await asyncio.sleep(self._random.uniform(0, 2 * self._every))
            quiet = [one for one in self._open if one.far and one.quiet(self._quiet)]
            if quiet and self._armed:
                self._closed_by_us += 1
                self._random.choice(quiet).close()


class ClosesAfterOne(Relay):
    """Ends TLS here and closes a connection after its first stream: at once, or when the client has put it back."""

    def __init__(self, listen, to, cert, later=0.02):
        self._server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.load_cert_chain(cert.cert, cert.key)
        self._client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client.check_hostname, self._client.verify_mode = False, ssl.CERT_NONE
        self._later = later
        super().__init__(listen, to)

    def _incoming(self):
        return {"ssl": self._server}

    def _outgoing(self):
        return {"ssl": self._client, "server_hostname": "localhost"}

    def looked_at(self, data, connection, up):
        frames = connection.state.setdefault(up, Frames(34 if up else 0))
        if FIN not in frames.commands(data) or "over" in connection.state or not self._armed:
            return
        connection.state["over"] = True
        self._closed_by_us += 1
        wait = self._later if self._closed_by_us % 2 else 0.0
        asyncio.get_running_loop().call_later(wait, connection.end)


class Frames:
    """The commands in a stream of frames, cut anywhere. `preamble`: bytes of hash and length before the first one."""

    def __init__(self, preamble):
        self._preamble, self._head, self._skip = preamble, b"", 0

    def commands(self, data):
        out = []
        while data:
            if self._skip:
                used = min(self._skip, len(data))
                self._skip, data = self._skip - used, data[used:]
                continue
            size = self._preamble or 7
            used = size - len(self._head)
            self._head, data = self._head + data[:used], data[used:]
            if len(self._head) == size:
                self._skip = struct.unpack("!H", self._head[-2:])[0]
                if not self._preamble:
                    out.append(self._head[0])
                self._preamble, self._head = 0, b""
        return out
