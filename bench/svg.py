#!/usr/bin/env python3
"""Pictures of the comparisons: bench/svg.py RAW.json FOLDER writes FOLDER/bench-LOAD.svg, one for each load.

A panel for each metric, a bar for each peer: its length is the median, the thin line the spread, the dashed mark what
our goal allows."""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

import result
from report import number
from result import OURS
from statistic import median

# Middle tones on no background: they stand out from white and from black.
TEXT, OUR_COLOUR, OTHER, GOAL, SPREAD = "#808892", "#3b82f6", "#a855f7", "#e5484d", "#e07b00"
NAMES, BARS, FIGURES = 130, 420, 90  # widths
BAR, GAP, HEAD = 13, 5, 22  # heights


class Picture:
    def __init__(self):
        self.body, self.y = [], 4

    def text(self, x, y, what, anchor="start", weight="normal"):
        self.body.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-weight="{weight}" '
                         f'fill="{TEXT}">{escape(what)}</text>')

    def path(self, d, colour, width=1.0, dash=""):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.body.append(f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>')

    def bar(self, width, colour):
        self.body.append(f'<rect x="{NAMES}" y="{self.y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>')

    def done(self, title):
        width, height = NAMES + BARS + FIGURES, self.y + 8
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                f'height="{height}" font-family="sans-serif" font-size="11">\n<title>{escape(title)}</title>\n'
                + "\n".join(self.body) + "\n</svg>\n")


def allowed(one):
    """What the goals of a result allow ours, in its unit."""
    out = []
    for goal in one.metric.goals:
        if goal.against is None:
            out.append(goal.limit)
        elif one.values.get(goal.against):
            out.append(goal.limit * median(one.values[goal.against]))
    return out


def panel(picture, one):
    values = {name: found for name, found in one.values.items() if found}
    if not values:
        return
    picture.y += HEAD
    better = "" if one.metric.better == "less" else " (more is better)"
    picture.text(NAMES, picture.y - 7, f"{one.label}: {one.metric.unit}{better}", weight="bold")
    marks, begin = allowed(one), picture.y
    most = max([max(found) for found in values.values()] + marks) or 1

    def x(value):
        return NAMES + BARS * value / most

    for name, found in values.items():
        middle = picture.y + BAR / 2
        picture.text(NAMES - 6, picture.y + BAR - 3, name, "end")
        picture.bar(BARS * median(found) / most, OUR_COLOUR if name == OURS else OTHER)
        picture.path(f"M{x(min(found)):.1f} {middle}H{x(max(found)):.1f}", SPREAD, 1.5)
        picture.text(x(max(found)) + 5, picture.y + BAR - 3, number(median(found)))
        picture.y += BAR + GAP
    for mark in marks:
        picture.path(f"M{x(mark):.1f} {begin - 3}V{picture.y - GAP + 3}", GOAL, 1.2, "4 3")


def draw(load, results):
    picture = Picture()
    for one in results:
        panel(picture, one)
    return picture.done(f"{load}: {', '.join(results[0].values)}")


def main():
    source, folder = sys.argv[1:]
    by_load = {}
    for raw in json.loads(pathlib.Path(source).read_text(encoding="utf-8"))["results"]:
        by_load.setdefault(raw["load"], []).append(result.load(raw))
    for load, results in by_load.items():
        path = pathlib.Path(folder) / f"bench-{load}.svg"
        path.write_text(draw(load, results), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
