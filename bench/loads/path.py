"""Requests over a path of 50 ms there and back, made by a relay (bench/load/relay.cpp).

What makes a session stale is the time since it was last heard of; so that nobody has to wait for it, our client is told
to trust none that has been silent for a millisecond. Peers know no such thing and send at once."""

from loads.load import Load
from result import Goal, Metric

RTT = 0.050


class Path(Load):
    name = "path"
    delay = RTT / 2
    metrics = ()

    def __init__(self, label, goal, count, stale=False, hello=False, cold=False):
        self.label = f"50 ms round trip: {label}"
        self.count, self.pause, self.hello, self.restarts = count, 0.02 if stale else 0, hello, cold
        self.ours_pool = {"session_freshness": "1ms"} if stale else None
        self.metrics = (Metric("p50 ms", (Goal(goal),)), Metric("max ms", judged=False))

    def warm(self, peer, bench):
        if not self.restarts:
            bench.generator.run("requests", peer.proxy_port, count=2)

    def measure(self, peer, bench):
        if self.restarts:
            done = bench.generator.run("hold", peer.proxy_port, count=self.count, bytes=100)
        else:
            done = bench.generator.run("requests", peer.proxy_port, count=self.count, pause=self.pause,
                                       hello=self.hello)
        return {"p50 ms": done["p50"], "max ms": done["max"]}


def loads(bench):
    count = bench.size.path
    yield Path("fresh session", 55, count)
    yield Path("stale session, TLS ClientHello first", 55, count, stale=True, hello=True)
    yield Path("stale session, other bytes first", 105, count, stale=True)
    # Three round trips (TCP, TLS, the request) and what the handshake computes.
    yield Path("cold", 155, count, cold=True)
