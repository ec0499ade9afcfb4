"""Trials that were not evaluated: their values are those of another trial at the same point."""

from __future__ import annotations

import re

HISTORY = ", as in the history"
"""What is added to how a backend was told of one whose value is that of another study's trial."""

_OWN = re.compile(r", as in trial (\d+)$")


def as_in(number: int) -> str:
    """Return what is added to how a backend was told of one whose value is that of a trial of its study."""
    return f", as in trial {number}"


def copied_of(told: str) -> int | None:
    """Return whose value a trial has, by how a backend was told of it: earlier versions stored no more."""
    found = _OWN.search(told)
    return None if found is None else int(found[1])
