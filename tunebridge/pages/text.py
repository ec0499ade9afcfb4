"""Numbers and counts as a page writes them."""

from __future__ import annotations

from math import isnan

NOTHING = "–"  # noqa: RUF001
"""Stands where there is nothing to say."""


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many digits that count; a dash for NaN and None."""
    return NOTHING if value is None or isnan(value) else f"{value:.{digits}g}"


def left_out(count: int) -> str:
    """Return the sentence on rows that are left out, after a blank; empty if there are none."""
    return f" {count:,} more are left out." if count > 0 else ""


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit and the next."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min"
