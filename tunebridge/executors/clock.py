"""How long the objective of an attempt has run: noted by a slot, read by the process that watches over it."""

from __future__ import annotations

import mmap
from time import monotonic

TIME, ATTEMPT, BEFORE = 0, 1, 2
"""What the numbers are."""

NONE = -1.0
"""The attempt of a slot that has not begun one."""


class Clock:
    """Runs while an objective does, and stands while it waits for its study.

    Both processes see the same numbers. The first one is, while the clock runs, the moment at which it
    would have begun without pauses; while it stands, the seconds so far as a negative number. So each change
    is one number that is written, and a reader never sees half of it. The seconds of turns before are written
    before the clock runs.
    """

    def __init__(self) -> None:
        """Stand, with no attempt; processes that are forked from now on share it."""
        self._cells = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("d")
        self._cells[ATTEMPT] = NONE

    def begin(self, attempt: int, before: float = 0.0) -> None:
        """Run for an attempt.

        Args:
            attempt: Its key.
            before: Seconds that its objective ran in turns before.
        """
        self._cells[ATTEMPT], self._cells[BEFORE] = attempt, before
        self._cells[TIME] = monotonic()

    def pause(self) -> None:
        """Stand; a second pause, as of another thread of the objective, is none."""
        if self._cells[TIME] > 0:
            self._cells[TIME] -= monotonic()

    def go_on(self) -> None:
        """Run again."""
        if self._cells[TIME] <= 0:
            self._cells[TIME] += monotonic()

    def end(self) -> None:
        """Stand, at nought."""
        self._cells[TIME] = self._cells[BEFORE] = 0.0

    def forget(self) -> None:
        """Let this process note nothing any more: it is a child of the slot."""
        self._cells = memoryview(bytearray(len(self._cells) * self._cells.itemsize)).cast("d")

    @property
    def attempt(self) -> int | None:
        """The key of the attempt that was begun last, if any."""
        attempt = self._cells[ATTEMPT]
        return None if attempt == NONE else int(attempt)

    @property
    def seconds(self) -> float:
        """Time that the objective has run in this turn."""
        time = self._cells[TIME]
        return monotonic() - time if time > 0 else -time

    @property
    def used(self) -> float:
        """Time that the objective has run in all turns of its attempt."""
        return self._cells[BEFORE] + self.seconds
