#!/usr/bin/env python3
"""This program beside others, in one run on one machine: same loads, same certificate, alternating rounds, medians with
their spread. Only ratios mean anything. tools/bench builds what is needed and calls this.
"""

import argparse
import dataclasses
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import loads
import machine
import noise
import other_commit
import peers
import placeholders
import report
import rounds
import size
from generator import Generator
from loads.cold import FULL
from result import OURS

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEFORE = "before"


class Bench:
    """What every load may use."""

    def __init__(self, asked, folder):
        self.size, self.compares = asked.size, bool(asked.compare)
        programs = asked.build / "bin"
        self.bare_tunnel = programs / "bench_bare_tunnel"
        pool_check = programs / "bench_pool_check"
        self.pool_check = str(pool_check) if pool_check.exists() and not asked.compare else None
        self.generator = Generator(programs / "bench_load")
        self.folder = folder
        self.cert = f"{folder}/cert.pem", f"{folder}/key.pem"
        subprocess.run([asked.build / "anytls", "generate", "certificate", "--name", "localhost", "--cert",
                        self.cert[0], "--key", self.cert[1]], check=True, stdout=subprocess.DEVNULL)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog="Placeholders of --peer. " + placeholders.__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a look: smaller loads, fewer rounds")
    parser.add_argument("--only", nargs="+", choices=list(loads.MODULES), metavar="LOAD",
                        help=f"of {', '.join(loads.MODULES)}")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--mib", type=int, help="of a bulk transfer")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=CLIENT,SERVER",
                        help="one more, by the commands that start it; may be given again (see below)")
    parser.add_argument("--sing-box", metavar="PATH", help="the program of that peer; empty = without")
    parser.add_argument("--compare", metavar="REF", help="another commit of ours instead of the peers; status 1 if "
                        "this one is worse by more than 10 %% outside the noise")
    parser.add_argument("--raw", metavar="FILE", help="everything as JSON (bench/svg.py makes pictures of it)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.size = size.QUICK if asked.quick else size.FULL
    if asked.compare:
        asked.size = size.for_compare(asked.size)
    asked.rounds = asked.rounds or asked.size.rounds
    if asked.mib:
        asked.size = dataclasses.replace(asked.size, bulk=asked.mib << 20)
    try:
        for one in asked.peer:
            placeholders.parse_peer(one)
    except ValueError as why:
        parser.error(str(why))
    asked.only = asked.only or [name for name in loads.MODULES if not asked.compare or name not in ("pool", "scale")]
    return asked


def everybody(asked, bench):
    ours = asked.build / "anytls"
    out = [peers.Ours(OURS, bench.folder, bench.cert, ours)]
    if asked.compare:
        return out + [peers.Ours(BEFORE, bench.folder, bench.cert, other_commit.build(ROOT, asked.compare))]
    full = peers.Ours(FULL, bench.folder, bench.cert, ours, ["--no-tls-resumption"])
    full.is_variant = True
    out.append(full)
    if asked.sing_box:
        out.append(peers.SingBox("sing-box", bench.folder, bench.cert, asked.sing_box))
    out += [peers.Command(one, bench.folder, bench.cert) for one in asked.peer]
    return out + [peers.BareTunnel("bare-tunnel", bench.folder, bench.cert, bench.bare_tunnel), peers.Direct()]


def measure(load, everyone, bench, count):
    began = time.monotonic()
    print(report.title(load.name, load.label), flush=True)
    results = rounds.run(load, everyone, bench, count)
    for one in results:
        print(report.line(one), flush=True)
    print(f"  ({time.monotonic() - began:.0f} s)", file=sys.stderr)
    return results


def judged(results):
    """Each with its verdict."""
    return [(one, noise.judge(one.values[BEFORE], one.values[OURS], one.metric.better))
            for one in results if one.metric.judged]


def worse_twice(load, everyone, bench, count, results):
    """What is worse, and is so again."""
    suspects = {one.metric.unit for one, verdict in judged(results) if verdict and verdict.worse}
    if not suspects:
        return []
    print("  worse; once more:", flush=True)
    again = measure(load, everyone, bench, count)
    return [pair for pair in judged(again) if pair[0].metric.unit in suspects and pair[1] and pair[1].worse]


def run(asked, bench):
    everyone = everybody(asked, bench)
    results, regressions = [], []
    for load in loads.chosen(asked.only, bench):
        found = measure(load, everyone, bench, asked.rounds)
        results += found
        if asked.compare:
            regressions += worse_twice(load, everyone, bench, asked.rounds, found)
    return results, regressions


def raise_descriptor_limit(wanted=1 << 16):
    """For us and all children: ten thousand sessions are twenty thousand sockets of a client."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, wanted),) * 2)
    except (ValueError, OSError):  # only root may have more
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main():
    asked = arguments()
    raise_descriptor_limit()
    where = machine.describe(ROOT)
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    with tempfile.TemporaryDirectory(prefix="anytls-bench-") as folder:
        bench = Bench(asked, folder)
        try:
            results, regressions = run(asked, bench)
        finally:
            bench.generator.close()
    if asked.raw:
        raw = {"machine": where, "rounds": asked.rounds, "size": dataclasses.asdict(asked.size),
               "compare": asked.compare, "results": [one.dump() for one in results]}
        pathlib.Path(asked.raw).write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    if not asked.compare:
        print(report.summary(results))
        return 0
    print(f"\nnew / old of {asked.compare}, above 1 = worse:")
    for one, verdict in judged(results):
        print(report.verdict_line(one, verdict))
    print(f"{len(regressions)} regressions" + "".join(f"\n{report.verdict_line(*one)}" for one in regressions))
    return 1 if regressions else 0


if __name__ == "__main__":
    sys.exit(main())
