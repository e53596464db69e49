#!/usr/bin/env python3
"""A flame graph: perf script | bench/flame.py TITLE > picture.svg

Width is the share of samples, depth the stack, callers below. What has less than MIN of the samples is left out."""

import re
import sys
from xml.sax.saxutils import escape

WIDTH, ROW, MIN = 1000, 15, 0.004
FRAME = re.compile(r"^\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \((.*)\)$")
KERNEL, CRYPTO, OURS, OTHER = "#e8a33d", "#5aa469", "#4f8fd9", "#b0a8b9"


class Node:
    def __init__(self):
        self.samples, self.below = 0, {}

    def add(self, stack):
        node = self
        node.samples += 1
        for frame in stack:
            node = node.below.setdefault(frame, Node())
            node.samples += 1


def short(name):
    """Without template arguments and parameters: what a reader looks for is the function."""
    out, depth = "", 0
    for char in name:
        depth += (char in "<(") - (char in ">)")
        if depth == 0 and char not in ">)":
            out += char
    return (out or name).strip()


def stacks(lines):
    stack = []
    for line in lines:
        if match := FRAME.match(line):
            name, where = match.groups()
            stack.append((short(name), "kernel" if "kernel" in where else where))
        elif not line.strip() and stack:
            yield stack[::-1]
            stack = []
    if stack:
        yield stack[::-1]


def colour(name, where):
    if where == "kernel":
        return KERNEL
    if re.search(r"aes|gcm|gcm_|EVP|SSL|bssl|CRYPTO", name):
        return CRYPTO
    return OURS if where.endswith("anytls") else OTHER


def draw(root, title):
    body, deepest = [], 0

    def place(node, name, x, depth):
        nonlocal deepest
        deepest = max(deepest, depth)
        width = WIDTH * node.samples / root.samples
        share = f"{100 * node.samples / root.samples:.1f} %"
        body.append((depth, x, width, name, share))
        for frame, below in sorted(node.below.items()):
            if below.samples >= MIN * root.samples:
                place(below, frame, x, depth + 1)
                x += WIDTH * below.samples / root.samples

    place(root, ("all", ""), 0.0, 0)
    height = (deepest + 1) * ROW + 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           f'font-family="sans-serif" font-size="11"><text x="4" y="16" fill="#808892" font-size="14">{escape(title)}'
           f'</text>']
    for depth, x, width, (name, where), share in body:
        y = height - (depth + 1) * ROW
        label = escape(name[:int(width / 6.2)]) if width > 25 else ""
        out.append(f'<g><title>{escape(name)} {share}</title><rect x="{x:.1f}" y="{y}" width="{max(width - 0.5, 0.3):.1f}" '
                   f'height="{ROW - 1}" fill="{colour(name, where)}"/><text x="{x + 2:.1f}" y="{y + 11}">{label}</text></g>')
    return "\n".join([*out, "</svg>", ""])


def main():
    root = Node()
    for stack in stacks(sys.stdin):
        root.add(stack)
    if not root.samples:
        sys.exit("no stacks: is this the output of perf script, recorded with -g?")
    print(draw(root, sys.argv[1] if len(sys.argv) > 1 else "samples"), end="")


if __name__ == "__main__":
    main()
