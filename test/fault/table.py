#!/usr/bin/env python3
"""Runs the fault table and prints it: python3 test/fault/table.py [--row NAME]... (root; ANYTLS names the program)."""

import argparse
import dataclasses
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))

import namespaces
import report
import rows
from stage import Stage


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", action="append", choices=rows.ROWS, help="only this one (may be given again)")
    parser.add_argument("--client", choices=("ours", "sing-box"), default="ours")
    parser.add_argument("--server", choices=("ours", "sing-box"), default="ours")
    parser.add_argument("--requests", type=int)
    parser.add_argument("--sessions", type=int, help="of the row many-sessions")
    parser.add_argument("--ci", action="store_true", help="the short numbers that CI uses")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=TEXT",
                        help="of the client's pool, as session_freshness=1ms")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--verbose", action="store_true", help="each request that got no answer, and the logs")
    return parser.parse_args()


def main():
    namespaces.require()
    asked = arguments()
    scale = rows.CI if asked.ci else rows.FULL
    changes = {name: value for name in ("requests", "sessions") if (value := getattr(asked, name)) is not None}
    scale = dataclasses.replace(scale, **changes)
    pool = dict(one.split("=", 1) for one in asked.option)
    results = []
    print(f"client: {asked.client}\n\n{report.HEAD}\n{report.RULE}", flush=True)
    for name in asked.row or rows.ROWS:
        began = time.monotonic()
        with Stage() as stage:
            try:
                result = rows.run(stage, name, asked.client, asked.server, scale, pool)
            except AssertionError as why:  # the row did not come to its fault
                result = rows.not_run(name, asked.client, asked.server, str(why))
            if asked.verbose:
                for one in stage.programs:
                    print(f"--- {one.name}\n{one.log()[-20000:]}", file=sys.stderr)
        results.append(result)
        print(report.line(result), flush=True)
        print(f"{name}: {time.monotonic() - began:.1f} s", file=sys.stderr)
        if asked.verbose:
            print("\n".join(result.notes), file=sys.stderr)
    if asked.json:
        report.dump(results, asked.json)
    return any(one.violations() for one in results)


if __name__ == "__main__":
    sys.exit(main())
