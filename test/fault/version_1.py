"""An AnyTLS server of version 1: no SYNACK, no heartbeat, no settings of its own. asyncio, in a Helper."""

import asyncio
import ipaddress
import ssl
import struct
import threading

import peer

BLOCK = 1 << 15


class Version1:
    def __init__(self, listen, cert):
        self._listen, self._context = listen, peer.server_context(cert)
        self._preamble = peer.preamble()[:32]
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True).start()
        if not self._ready.wait(10):
            raise RuntimeError("the server of version 1 does not listen")

    async def _main(self):
        server = await asyncio.start_server(self._serve, *self._listen, backlog=4096, ssl=self._context)
        self._ready.set()
        await server.serve_forever()

    async def _serve(self, reader, writer):
        streams = {}
        try:
            if await reader.readexactly(32) != self._preamble:
                return
            await reader.readexactly(struct.unpack("!H", await reader.readexactly(2))[0])
            while True:
                command, number, size = struct.unpack("!BIH", await reader.readexactly(7))
                data = await reader.readexactly(size)
                if command == peer.SYN:
                    streams[number] = Stream(number, writer)
                elif number in streams and command == peer.PSH:
                    await streams[number].feed(data)
                elif number in streams and command == peer.FIN:
                    streams.pop(number).close()
        except (OSError, EOFError, ssl.SSLError):
            pass
        finally:
            for one in streams.values():
                one.close()
            writer.close()


class Stream:
    def __init__(self, number, session):
        self._number, self._session = number, session
        self._head, self._target, self._pump = b"", None, None

    async def feed(self, data):
        if not self._target:
            self._head += data
            if len(self._head) < 7:
                return
            # The tests name their targets by IPv4 address.
            where = str(ipaddress.IPv4Address(self._head[1:5])), struct.unpack("!H", self._head[5:7])[0]
            try:
                reader, self._target = await asyncio.open_connection(*where)
            except OSError:
                self._session.write(peer.frame(peer.FIN, self._number))
                return
            data = self._head[7:]
            self._pump = asyncio.create_task(self._down(reader))
        if data:
            try:
                self._target.write(data)
                await self._target.drain()
            except OSError:
                pass

    async def _down(self, reader):
        try:
            while data := await reader.read(BLOCK):
                self._session.write(peer.frame(peer.PSH, self._number, data))
                await self._session.drain()
            self._session.write(peer.frame(peer.FIN, self._number))
        except (OSError, ssl.SSLError):
            pass

    def close(self):
        if self._pump:
            self._pump.cancel()
        if self._target:
            self._target.close()
