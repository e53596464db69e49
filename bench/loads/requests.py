"""Small requests: a new SOCKS connection for each, 100 bytes there and back, sessions already open."""

from loads.load import Load, spent
from result import Goal, Metric

CPU = (Goal(0.5, "sing-box"),)
LATENCY = (Goal(0.6, "sing-box"),)


class Requests(Load):
    name = "requests"
    metrics = (Metric("both CPU ms/request", CPU), Metric("client CPU ms/request"), Metric("server CPU ms/request"),
               Metric("p50 ms", LATENCY), Metric("p99 ms", LATENCY, judged=False))

    def __init__(self, at_once, count):
        self.at_once, self.count = at_once, count
        self.label = f"100 bytes, {at_once} at a time"

    def takes(self, peer):
        return not peer.carries_only

    def warm(self, peer, bench):
        bench.generator.run("requests", peer.proxy_port, count=8 * self.at_once + 100, at_once=self.at_once)

    def measure(self, peer, bench):
        with spent(peer) as cpu:
            done = bench.generator.run("requests", peer.proxy_port, count=self.count, at_once=self.at_once)
        out = {"p50 ms": done["p50"], "p99 ms": done["p99"]}
        if not peer.direct:
            out |= {f"{side} CPU ms/request": 1000 * getattr(cpu, side) / self.count
                    for side in ("both", "client", "server")}
        return out


def loads(bench):
    yield Requests(1, bench.size.requests)
    yield Requests(32, bench.size.requests)
