"""Trials that were not evaluated: their values are those of another trial at the same point."""

from __future__ import annotations

import re
from typing import Protocol

HISTORY = ", as in the history"
"""What is added to how a backend was told of one whose value is that of another study's trial."""

_OWN = re.compile(r", as in trial (\d+)$")


class Told(Protocol):
    """What says how a backend was told of a trial."""

    @property
    def told(self) -> str:
        """How."""


def as_in(number: int) -> str:
    """Return what is added to how a backend was told of one whose value is that of a trial of its study."""
    return f", as in trial {number}"


def twin_of(record: Told) -> int | None:
    """Return the number of the trial of its study whose value a trial has; None for all others."""
    found = _OWN.search(record.told)
    return None if found is None else int(found[1])
