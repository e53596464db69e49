"""Small requests: a new SOCKS connection for each, 100 bytes there and back, sessions already open.

Who closes matters: where the target does, a session is free at once. Where the application does, a proxy sees an end
that may be half of one, and may hold the session for an answer."""

from loads.load import Load, spent
from result import Goal, Metric

CPU = (Goal(0.5, "sing-box"),)
LATENCY = (Goal(0.6, "sing-box"),)


class Requests(Load):
    name = "requests"
    metrics = (Metric("both CPU ms/request", CPU), Metric("client CPU ms/request"), Metric("server CPU ms/request"),
               Metric("p50 ms", LATENCY), Metric("p99 ms", LATENCY, judged=False))

    def __init__(self, at_once, count, closes_first=False):
        self.at_once, self.count, self.closes_first = at_once, count, closes_first
        self.label = f"100 bytes, {at_once} at a time" + (", the application closes" if closes_first else "")

    def takes(self, peer):
        return not (peer.carries_only or peer.is_variant)

    def warm(self, peer, bench):
        self._run(peer, bench, 8 * self.at_once + 100)

    def _run(self, peer, bench, count):
        return bench.generator.run("requests", peer.proxy_port, count=count, at_once=self.at_once,
                                   closes_first=self.closes_first)

    def measure(self, peer, bench):
        with spent(peer) as cpu:
            done = self._run(peer, bench, self.count)
        out = {"p50 ms": done["p50"], "p99 ms": done["p99"]}
        if not peer.direct:
            out |= {f"{side} CPU ms/request": 1000 * getattr(cpu, side) / self.count
                    for side in ("both", "client", "server")}
        return out


def loads(bench):
    for closes_first in (False, True):
        for at_once in (1, 32):
            yield Requests(at_once, bench.size.requests, closes_first)
