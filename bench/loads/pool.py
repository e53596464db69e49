"""One check of a pool of 10,000 idle sessions: bench/pool_check.cpp, which links the pool itself."""

import json
import subprocess

from loads.load import Load
from result import OURS, Goal, Metric


class PoolCheck(Load):
    name, label = "pool", "a check of 10,000 idle sessions"
    metrics = (Metric("ms", (Goal(1),)),)
    restarts = True

    def takes(self, peer):
        return peer.name == OURS

    def measure(self, peer, bench):
        done = subprocess.run([bench.pool_check, "--benchmark_filter=^check/10000$", "--benchmark_format=json",
                               "--benchmark_min_time=0.1"], capture_output=True, check=True, text=True)
        return {"ms": json.loads(done.stdout)["benchmarks"][0]["real_time"] / 1000}


def loads(bench):
    if bench.pool_check:
        yield PoolCheck()
