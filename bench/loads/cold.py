"""Cold requests: each opens a session of its own, handshake included.

The second load sets resumed handshakes beside full ones."""

from loads.load import Load, spent
from result import OURS, Goal, Metric

FULL = "full handshake"


class Cold(Load):
    name = "cold"
    restarts = True  # no session is left from the round before

    def __init__(self, label, count, goals=(), only=None):
        self.label, self.count, self.only = label, count, only
        self.metrics = (*(Metric(f"{side} CPU ms/request", goals) for side in ("client", "server", "both")),
                        Metric("p50 ms"))

    def takes(self, peer):
        return peer.name in self.only if self.only else super().takes(peer)

    def measure(self, peer, bench):
        with spent(peer) as cpu:
            # Held open, so that the next one finds none that it could use.
            done = bench.generator.run("hold", peer.proxy_port, count=self.count, bytes=100)
        return {"p50 ms": done["p50"],
                **{f"{side} CPU ms/request": 1000 * getattr(cpu, side) / self.count
                   for side in ("client", "server", "both")}}


def loads(bench):
    yield Cold("one at a time", bench.size.cold)
    if not bench.compares:
        yield Cold("resumed beside full handshakes", bench.size.cold, (Goal(0.75, FULL),), (OURS, FULL))
