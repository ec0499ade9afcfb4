"""A count in words."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as in `1 seed` and `2 seeds`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
