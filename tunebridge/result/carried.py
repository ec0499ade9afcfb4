"""The statement of what a backend was told of trials that it did not propose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tunebridge.display.counted import counted
from tunebridge.display.printable import printable
from tunebridge.result.left_out import LeftOut

NOT_TOLD = "not told"
"""How a session begins its answer when the library was not told."""
EXCLUDED = f"{NOT_TOLD}: excluded"
"""How a backend is told of an excluded trial: not at all."""
MOST_SHOWN = 3
"""Reasons that the statement shows; `left_out` has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What went from a study's past into the session that goes on with it."""

    backend: str
    """The backend that goes on."""
    exact: bool
    """Whether it goes on exactly as if the study had never stopped."""
    reason: str
    """Why it does not; empty if it does."""
    told: Mapping[tuple[str, str, str], int] = field(default_factory=Counter)
    """Number of trials by who proposed them, their state, and how the backend was told, in its own words."""
    bound: str = ""
    """What bounds what the sampler is told of all these; empty for nothing."""
    left_out: tuple[LeftOut, ...] = ()
    """Trials of other studies that are not carried, each with its reason."""

    @property
    def outside(self) -> int:
        """Number of trials of other studies that are not carried."""
        return len(self.left_out)

    @property
    def n_told(self) -> int:
        """Number of trials that the backend was told of."""
        return sum(count for (_, _, how), count in self.told.items() if not how.startswith(NOT_TOLD))

    def __str__(self) -> str:
        """Return the statement, one line for each kind of trial."""
        total = sum(self.told.values())
        if self.exact:
            where = f"after {counted(total, 'trial')}" if total else "before any trial had ended"
            head = f"{self.backend} goes on exactly where it stopped, {where}"
            return printable("\n".join([head, *self._excluded(), *self._bounded(), *self._missing()]))
        head = f"{self.backend} goes on with {self.n_told} of {total + self.outside} earlier trials"
        lines = [
            f"  {count} {state.lower()} of {source}: {how}"
            for (source, state, how), count in sorted(self.told.items())
        ]
        head = f"{head} ({self.reason})" if self.reason else head
        return printable("\n".join([head, *lines, *self._bounded(), *self._missing()]))

    def _excluded(self) -> list[str]:
        count = sum(count for (_, _, how), count in self.told.items() if how == EXCLUDED)
        return [f"  {count} of them {EXCLUDED}"] if count else []

    def _bounded(self) -> list[str]:
        return [f"  {self.bound}"] if self.bound else []

    def _missing(self) -> list[str]:
        """Return the lines on what is not carried, the first reasons with it."""
        if not self.left_out:
            return []
        shown = [f"    {one}" for one in self.left_out[:MOST_SHOWN]]
        more = self.outside - len(shown)
        rest = [f"    and {more} more: result.carried.left_out"] if more > 0 else []
        return [
            f"  {self.outside} excluded, or outside this space or its constraints: not told",
            *shown,
            *rest,
        ]
