"""Bulk transfers: what a GiB costs."""

from loads.load import Load, spent
from result import Goal, Metric


class Bulk(Load):
    name = "bulk"

    def __init__(self, direction, streams, size):
        self.up, self.streams, self.size = direction == "up", streams, size
        self.label = f"{direction}, {streams} stream{'s' if streams > 1 else ''}"
        goals = (Goal(0.5, "sing-box"), Goal(0.75, "anytls-go"), Goal(1.1, "bare-tunnel")) if streams == 1 else \
            (Goal(0.6, "sing-box"),)
        self.metrics = (Metric("MiB/s", better="more"), Metric("client CPU s/GiB", goals),
                        Metric("server CPU s/GiB", goals), Metric("both CPU s/GiB", goals))

    def takes(self, peer):
        return not (peer.direct or peer.is_variant)

    def _open(self, peer, bench, size):
        return bench.generator.step("bulk", peer.proxy_port, bytes=size, at_once=self.streams, up=self.up)

    def warm(self, peer, bench):
        with self._open(peer, bench, self.size // 8) as (_, carry):
            carry()

    def measure(self, peer, bench):
        with self._open(peer, bench, self.size) as (_, carry), spent(peer) as cpu:
            done = carry()
        gib = done["bytes"] / (1 << 30)
        return {"MiB/s": 1024 * gib / done["seconds"], "client CPU s/GiB": cpu.client / gib,
                "server CPU s/GiB": cpu.server / gib, "both CPU s/GiB": cpu.both / gib}


def loads(bench):
    for streams in (1, 8, 64):
        for direction in ("down", "up"):
            yield Bulk(direction, streams, bench.size.bulk)
