"""How much of each load: enough for a figure that means something, or for a look."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    rounds: int
    bulk: int  # bytes
    requests: int
    round_trips: int
    cold: int  # requests
    idle: tuple  # sessions
    idle_rounds: int
    path: int  # requests
    many_idle: int  # sessions of the load `scale`


FULL = Size(rounds=5, bulk=512 << 20, requests=3000, round_trips=8000, cold=100, idle=(1000, 5000), idle_rounds=3,
            path=10, many_idle=10_000)
QUICK = Size(rounds=3, bulk=128 << 20, requests=500, round_trips=2000, cold=30, idle=(1000,), idle_rounds=1, path=5,
             many_idle=2000)


def for_compare(size):
    """Rounds that noise.py can judge, and no load with fewer of them."""
    rounds = 5 if size is QUICK else 9
    return dataclasses.replace(size, rounds=rounds, idle=(1000,), idle_rounds=rounds)
