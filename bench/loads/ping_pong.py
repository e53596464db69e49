"""Ping-pong on streams that are open: 100 bytes there, then 100 bytes back."""

from loads.load import Load, spent
from result import Goal, Metric


class PingPong(Load):
    name = "ping-pong"
    metrics = (Metric("both CPU ms/round trip", (Goal(0.5, "sing-box"),)), Metric("client CPU ms/round trip"),
               Metric("server CPU ms/round trip"), Metric("p50 ms"), Metric("p99 ms", judged=False))

    def __init__(self, streams, count):
        self.streams, self.count = streams, count
        self.label = f"{streams} open stream{'s' if streams > 1 else ''}"

    def takes(self, peer):
        return not (peer.carries_only or peer.is_variant)

    def measure(self, peer, bench):
        with bench.generator.step("ping-pong", peer.proxy_port, count=self.count, at_once=self.streams) as (_, play):
            with spent(peer) as cpu:
                done = play()
        out = {"p50 ms": done["p50"], "p99 ms": done["p99"]}
        if not peer.direct:
            out |= {f"{side} CPU ms/round trip": 1000 * getattr(cpu, side) / done["count"]
                    for side in ("both", "client", "server")}
        return out


def loads(bench):
    yield PingPong(1, bench.size.round_trips)
    yield PingPong(8, bench.size.round_trips // 8)
