"""The places of a study's events, in the order in which they came about."""

from __future__ import annotations


class Places:
    """Gives out the places that are not taken yet.

    Args:
        first: The first of them.
    """

    def __init__(self, first: int) -> None:
        """Begin with the first."""
        self._next = first

    def __iter__(self) -> Places:
        """Return itself."""
        return self

    def __next__(self) -> int:
        """Take the next place."""
        self._next += 1
        return self._next - 1

    def see(self, place: int | None) -> None:
        """Take in that another process has taken a place; those that are given out now follow it."""
        if place is not None:
            self._next = max(self._next, place + 1)
