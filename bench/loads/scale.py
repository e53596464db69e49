"""How it grows: threads, streams, sessions, sizes. Reported, not judged: that needs more cores than most machines of
CI have."""

import resource

import measure
from loads.bulk import Bulk
from loads.idle import Idle
from loads.load import Load
from result import Metric


class Threads(Bulk):
    name = "scale"
    restarts = True

    def __init__(self, threads, size):
        super().__init__("down", 8, size)
        self.threads, self.label = threads, f"down, 8 streams, {threads} thread{'s' if threads > 1 else ''} each"
        self.metrics = (Metric("MiB/s", better="more"), Metric("both CPU s/GiB"))
        self.ours_extra = self.ours_server_extra = ("--threads", str(threads))

    def takes(self, peer):
        return peer.is_ours and not peer.is_variant

    def measure(self, peer, bench):
        return {unit: value for unit, value in super().measure(peer, bench).items() if unit in ("MiB/s",
                                                                                                "both CPU s/GiB")}


class Streams(Bulk):
    name = "scale"

    def __init__(self, streams, size):
        super().__init__("down", streams, size)
        self.metrics = tuple(Metric(one.unit, better=one.better) for one in self.metrics)


class FileSize(Load):
    """Memory may not grow with what is carried: the peak after a download of some size."""

    name = "scale"
    restarts = True
    metrics = (Metric("client peak MB"), Metric("server peak MB"))

    def __init__(self, size):
        self.size, self.label = size, f"one download of {size >> 20} MiB"

    def measure(self, peer, bench):
        with bench.generator.step("bulk", peer.proxy_port, bytes=self.size) as (_, carry):
            carry()
        return {"client peak MB": measure.most_resident(peer.client.pid) / 1e6,
                "server peak MB": measure.most_resident(peer.server.pid) / 1e6}


def loads(bench):
    for threads in (1, 2, 3, 4):
        yield Threads(threads, bench.size.bulk)
    yield Streams(1000, 2 * bench.size.bulk)
    # Each costs a client and a server two descriptors.
    room = (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500) // 2
    yield Idle(min(bench.size.many_idle, room), 1, goals=False, name="scale")
    for size in (bench.size.bulk // 8, 4 * bench.size.bulk):
        yield FileSize(size)
