"""One load in rounds: each round measures every peer, and every other round in the reverse order."""

import sys
import time

from generator import LoadFailed
from result import Result


def _guarded(peer, broken, step):
    """A peer that fails once is out of this load; the others are still worth measuring."""
    if peer.name in broken:
        return None
    try:
        return step()
    except (LoadFailed, RuntimeError, OSError) as why:
        print(f"  {peer.name}: {why}", file=sys.stderr)
        broken.add(peer.name)
        return None


def run(load, peers, bench, rounds):
    """A list of results: one for each metric of the load."""
    peers = [peer for peer in peers if load.takes(peer)]
    values = {metric.unit: {peer.name: [] for peer in peers} for metric in load.metrics}
    broken = set()

    def start(peer):
        peer.start(load.through(bench), load)
        time.sleep(load.settle)
        load.warm(peer, bench)

    def once(peer):
        if load.restarts:
            start(peer)
        try:
            return load.measure(peer, bench)
        finally:
            if load.restarts:
                peer.stop()

    try:
        if not load.restarts:
            for peer in peers:
                _guarded(peer, broken, lambda peer=peer: start(peer))
        for number in range(min(rounds, load.most_rounds)):
            for peer in peers if number % 2 == 0 else reversed(peers):
                for unit, value in (_guarded(peer, broken, lambda peer=peer: once(peer)) or {}).items():
                    values[unit][peer.name].append(value)
    finally:
        for peer in peers:
            peer.stop()
    def of(metric):
        """What failed is shown as such; what has no such figure (no proxy, no CPU of one) is not."""
        found = values[metric.unit]
        return {name: [] if name in broken else got for name, got in found.items() if got or name in broken}

    return [Result(load.name, load.label, metric, of(metric)) for metric in load.metrics]
