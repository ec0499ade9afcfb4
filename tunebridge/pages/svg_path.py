"""Paths of an SVG, written as short as they can be."""

from __future__ import annotations

import re

STEP = re.compile(r"([MLZz])\s*(?:([-+\d.e]+)[\s,]+([-+\d.e]+))?")

STRAIGHT = re.compile(r"[MLZz\d\s.,e+-]*")
"""A path of straight lines alone."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def rounded(numbers: str) -> str:
    """Return a text with its numbers rounded to a tenth: more is not to be seen."""
    return NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), numbers)


def outline(path: str) -> str:
    """Return a path with rounded coordinates, without the points on straight upright or level lines.

    Steps are made of such lines, and most of their points change nothing.
    """
    if not STRAIGHT.fullmatch(path):
        return " ".join(rounded(path).split())
    kept: list[tuple[str, str, str]] = []
    for command, x, y in STEP.findall(path):
        point = (command, rounded(x), rounded(y))
        if len(kept) > 1 and command == kept[-1][0] == "L" and _straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return "".join(f"{command}{x} {y}".rstrip() for command, x, y in kept)


def _straight(start: tuple[str, str, str], middle: tuple[str, str, str], end: tuple[str, str, str]) -> bool:
    """Return whether a point lies between two others on an upright or level line."""
    for same, other in ((1, 2), (2, 1)):
        if start[same] == middle[same] == end[same]:
            low, high = sorted((float(start[other]), float(end[other])))
            return low <= float(middle[other]) <= high
    return False
