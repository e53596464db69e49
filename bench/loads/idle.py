"""Memory of idle sessions: each has carried 64 KiB both ways and has been idle for 5 s."""

import time

from loads.load import Load
from result import Goal, Metric


def held_and_idle(peer, bench, sessions, idle=5):
    """Growth of both processes in bytes per session. Opened one after the other: of handshakes side by side every
    allocator keeps holes, a tenth more in ours, and which ones is chance."""
    before = peer.pss()
    with bench.generator.step("hold", peer.proxy_port, count=sessions, at_once=1, bytes=1 << 16):
        pass  # open until all are: so many sessions
    time.sleep(idle)
    return [(now - then) / sessions for now, then in zip(peer.pss(), before)]


class Idle(Load):
    name = "idle"
    restarts = True
    settle = 1

    def __init__(self, sessions, most_rounds, goals=True, name="idle"):
        self.name, self.sessions, self.most_rounds = name, sessions, most_rounds
        self.label = f"{sessions} idle sessions"
        self.metrics = (Metric("client KB/session", (Goal(14),) if goals else ()),
                        Metric("server KB/session", (Goal(9),) if goals else ()))

    def measure(self, peer, bench):
        client, server = held_and_idle(peer, bench, self.sessions)
        return {"client KB/session": client / 1000, "server KB/session": server / 1000}


def loads(bench):
    for sessions in bench.size.idle:
        yield Idle(sessions, bench.size.idle_rounds)
