"""What a load is to rounds.py."""

import contextlib


class Load:
    name = label = ""
    metrics = ()
    most_rounds = 1000
    restarts = False  # new processes for each measurement
    settle = 0.2  # seconds after a start
    ours_extra = ()  # options of our client
    ours_server_extra = ()
    ours_pool = None  # of our client's pool, by the names of a configuration
    delay = 0.0  # of the path to the server, each way

    def takes(self, peer):
        return not (peer.carries_only or peer.direct or peer.is_variant)

    def through(self, bench):
        return (lambda port: bench.generator.relay(port, self.delay)) if self.delay else None

    def warm(self, peer, bench):
        pass

    def measure(self, peer, bench):
        """Values by the units of `metrics`."""
        raise NotImplementedError


class Spent:
    """CPU of both processes in the meantime, in seconds."""

    def __init__(self):
        self.client = self.server = 0.0

    @property
    def both(self):
        return self.client + self.server


@contextlib.contextmanager
def spent(peer):
    out = Spent()
    before = (0.0, 0.0) if peer.direct else peer.cpu()
    yield out
    after = before if peer.direct else peer.cpu()
    out.client, out.server = after[0] - before[0], after[1] - before[1]
