#!/usr/bin/env python3
"""Random faults one after another, the same goals as in the table, and nothing may grow: sessions, descriptors,
threads, memory. tools/soak builds the program and runs this."""

import argparse
import dataclasses
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))

import faults
import namespaces
import rows
from accounting import Result, account
from stage import Stage
from traffic import Plan
from world import PORT, World

HEARTBEAT = 2.0
# Sessions beyond the warm ones go soon, so that a world at rest always has the same number.
POOL = {"idle_session_timeout": "3s", "idle_session_check_interval": "1s"}
REST = 6.0
KEEPALIVE = 240.0
HOUSEKEEPING = 32.0
GROWTH = 1.5 * (1 << 20)  # of memory, bytes; allocators breathe


@dataclasses.dataclass(frozen=True)
class Chance:
    row: str  # whose bound holds
    strike: object  # (world, random) -> Struck


CHANCES = (
    Chance("none", lambda w, r: faults.nothing(w)),
    Chance("killed", lambda w, r: faults.kill_server(w, r.uniform(0.0, 1.0))),
    Chance("half-open", lambda w, r: faults.reboot_server(w, r.uniform(0.0, 1.0))),
    Chance("reset", lambda w, r: faults.reset_flows(w)),
    Chance("reset-on-use", lambda w, r: faults.reset_on_use(w)),
    Chance("nat", lambda w, r: faults.forget_flows(w)),
    Chance("nat-quiet", lambda w, r: faults.forget_quiet_flows(w, r.uniform(0.5, 2.0))),
    Chance("hole-up", lambda w, r: faults.black_hole(w, True, r.uniform(0.2, 3.0))),
    Chance("hole-down", lambda w, r: faults.black_hole(w, False, r.uniform(0.2, 3.0))),
    Chance("frozen", lambda w, r: faults.freeze_server(w, r.uniform(0.2, 3.0))),
    Chance("asleep", lambda w, r: faults.sleep_client(w, r.uniform(1.0, 6.0))),
    Chance("address", lambda w, r: faults.change_address(w)),
    Chance("fd-client", lambda w, r: rows.exhaust(w, "client", r.uniform(0.2, 1.5))),
    Chance("fd-server", lambda w, r: rows.exhaust(w, "server", r.uniform(0.2, 1.5))),
)


@dataclasses.dataclass
class AtRest:
    """Of each program: sessions, descriptors that are none, threads, memory. A server cannot know at once that a silent
    client has gone: its descriptors are looked at only at the end of a long run."""

    client: tuple
    server: tuple

    @classmethod
    def of(cls, world):
        def look(program, flows):
            threads = len(os.listdir(f"/proc/{program.pid}/task"))
            return len(flows), program.descriptors() - len(flows), threads, program.pss()
        return cls(look(world.client, world.network.flows_of_client(PORT)), look(world.server, world.flows()))

    def grown(self, since):
        out = []
        for who in ("client", "server"):
            now, then = getattr(self, who), getattr(since, who)
            for number, (what, more) in enumerate((("sessions", 1), ("other descriptors", 3), ("threads", 0),
                                                   ("bytes of memory", GROWTH))):
                if now[number] > then[number] + more and (who == "client" or number > 1):
                    out.append(f"{who}: {now[number]} {what}, at first {then[number]}")
        return out

    def __str__(self):
        def show(one):
            return f"{one[0]} sessions, {one[1]} other fds, {one[2]} threads, {one[3] / (1 << 20):.1f} MiB"
        return f"client {show(self.client)}; server {show(self.server)}"


def _grown_for_good(world, first):
    """Free memory goes back to the system every half minute."""
    deadline = time.monotonic() + HOUSEKEEPING
    while (grown := AtRest.of(world).grown(first)) and time.monotonic() < deadline:
        time.sleep(1)
    return grown


def _last_ones_go(world, say):
    """Keepalive finds what the faults left at the server."""
    deadline = time.monotonic() + KEEPALIVE
    while (now := AtRest.of(world)).server[0] > now.client[0] + 1:
        if time.monotonic() > deadline:
            return [f"server: {now.server[0]} sessions {KEEPALIVE:.0f} s after the last fault"]
        time.sleep(1)
    say(f"at the end: {now}")
    return [f"server: {now.server[1]} other descriptors"] if now.server[1] > now.client[1] + 5 else []


def _of_client(world, records):
    """What the client said of the requests that got no answer."""
    sources = {f"127.0.0.1:{one.source} " for one in records if one.outcome != "ok"}
    return [line for line in world.client.log().splitlines() if any(source in line for source in sources)]


def _round(world, chance, usual, number, rng):
    row = rows.ROWS[chance.row]
    # One fault is not over when the next begins: the bounds of a row, and a second.
    bound = None if row.bound is None else row.bound + 1.0
    result = Result(f"{number} {chance.row}", world.client_kind, world.server_kind, bound)
    cut_within = 2 * HEARTBEAT + 1.5 if row.silent else 2.0
    world.load.start(Plan(requests=24, spread=2.0, talk_pause=0.7, patience=30.0))
    time.sleep(0.4)
    struck = chance.strike(world, rng)
    records = world.load.finish()
    account(result, records, world.target.arrived(), usual, [(struck.begin, struck.end)], cut_within, row.may_refuse,
            struck.blind, struck.in_force, world.cut_sources(), row.resumes_by_itself)
    if result.violations():
        result.notes += _of_client(world, records)
    return result


def soak(stage, seconds, seed, client="ours", server="ours", say=print, rest_every=30.0):
    """Returns what was wrong, in words."""
    say(f"seed {seed}, {seconds / 60:.1f} minutes")
    rng = random.Random(seed)
    world = World(stage, client, server, pool=POOL, heartbeat=f"{HEARTBEAT:.0f}s")
    usual, _ = world.warm_up()
    end, problems, first, number = time.monotonic() + seconds, [], None, 0
    while time.monotonic() < end:
        rest = time.monotonic() + min(rest_every, (end - time.monotonic()) / 2 if first is None else rest_every)
        while time.monotonic() < min(rest, end):
            number += 1
            chance = rng.choice(CHANCES)
            result = _round(world, chance, usual, number, rng)
            wrong = result.violations()
            say(f"{number:4} {chance.row:13} cut {result.cut}, stall {result.stall * 1000:.0f} ms"
                + (": " + "; ".join([*wrong, *result.notes]) if wrong else ""))
            problems += [f"round {number}, {chance.row}: {one}" for one in wrong]
            for one in (world.client, world.server):
                if not one.alive():
                    return [*problems, f"round {number}, {chance.row}: the {one.name} has ended"]
        world.network.filter()
        time.sleep(REST)
        now = AtRest.of(world)
        say(f"at rest: {now}")
        first = first or now
    problems += _grown_for_good(world, first)
    return problems + _last_ones_go(world, say) if seconds > 2 * KEEPALIVE else problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--client", choices=("ours", "sing-box"), default="ours")
    parser.add_argument("--server", choices=("ours", "sing-box"), default="ours")
    asked = parser.parse_args()
    namespaces.require()
    with Stage() as stage:
        problems = soak(stage, asked.minutes * 60, asked.seed, asked.client, asked.server)
    print("\n".join(problems) or "good")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
