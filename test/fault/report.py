"""The fault table as markdown, and as JSON for whoever compares two runs."""

import dataclasses
import json

from rows import ROWS

HEAD = ("| fault | server | requests | warm | hit | failed | duplicated | corrupted | cut | late | longest stall | "
        "of those under way | recovered | bound | |")
RULE = "|" + "---|" * 15


def _ms(seconds):
    return f"{seconds * 1000:.0f} ms"


def line(result):
    title = ROWS[result.row].title + (f", {result.seconds:g} s" if result.seconds else "")
    if result.skipped:
        return f"| {title} | {result.server} |" + " |" * 12 + f" skipped: {result.skipped} |"
    late = f"{result.late} ({result.latest_cut:.1f} s)" if result.cut else "0"
    cells = [title, result.server, result.requests, result.warm, result.hit, result.failed,
             result.duplicated, result.corrupted, result.cut, late, _ms(result.stall), _ms(result.caught),
             _ms(result.recovered), "none" if result.bound is None else _ms(result.bound),
             "; ".join(result.violations()) or "good"]
    return "| " + " | ".join(map(str, cells)) + " |"


def dump(results, path):
    with open(path, "w", encoding="utf-8") as out:
        json.dump([dataclasses.asdict(one) | {"violations": one.violations()} for one in results], out, indent=1)
