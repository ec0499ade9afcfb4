"""Limits on what a trial comes to beside its value: how far a number may go, and how far it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunebridge.calls import checked
from tunebridge.checks import bounded, is_finite, plain
from tunebridge.display.brief import brief
from tunebridge.errors import ProblemError, TrialError

HINT = "write at_most=20 or at_least=0.9; who needs both names two limits, one for each"
"""What to do about a limit that is none."""


@checked
@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a number may go; one of the two bounds, inclusive.

    Raises:
        ProblemError: There is no bound, there are two, or it is no finite number.
    """

    at_most: float | None = None
    """The highest number that is allowed."""
    at_least: float | None = None
    """The lowest number that is allowed."""

    def __post_init__(self) -> None:
        """Check that there is one bound, and keep it as a float."""
        given = {name: getattr(self, name) for name in ("at_most", "at_least")}
        bounds = {name: plain(bound) for name, bound in given.items() if bound is not None}
        if len(bounds) != 1:
            how = "neither at_most nor at_least" if not bounds else "both at_most and at_least"
            raise ProblemError(f"a limit has one bound, got {how}", hint=HINT)
        ((name, bound),) = bounds.items()
        if not is_finite(bound):
            raise ProblemError(f"{name} of a limit must be a finite number, got {brief(bound)}", hint=HINT)
        object.__setattr__(self, name, float(bound))

    @property
    def side(self) -> str:
        """Which of the bounds it has: its name."""
        return "at_least" if self.at_most is None else "at_most"

    @property
    def bound(self) -> float:
        """The bound."""
        found: float = getattr(self, self.side)
        return found

    def excess(self, value: float) -> float:
        """Return how far a number is beyond the bound: above 0 it is not allowed."""
        return bounded(value - self.bound if self.side == "at_most" else self.bound - value)

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.side.replace('_', ' ')} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Limited:
    """A number of a trial, and its limit."""

    value: float
    """The number."""
    limit: Limit
    """How far it may go."""

    @property
    def excess(self) -> float:
        """How far it is beyond its limit: above 0 it is not allowed."""
        return self.limit.excess(self.value)

    @property
    def is_kept(self) -> bool:
        """Whether it is within its limit."""
        return self.excess <= 0.0

    def __str__(self) -> str:
        """Return both in words."""
        if self.is_kept:
            return f"{self.value:g}, {self.limit}"
        side = "more" if self.limit.side == "at_most" else "less"
        return f"{self.value:g}, {self.excess:g} {side} than {self.limit.bound:g}"


def limited(value: Any, limit: Limit) -> Limited | None:
    """Return a number with its limit; None if it is no finite number."""
    number = plain(value)
    return Limited(float(number), limit) if is_finite(number) else None


def read_limited(name: Any, value: Any, *, at_most: Any, at_least: Any) -> Limited:
    """Return what a trial limits, checked.

    Raises:
        TrialError: It has no name, is no finite number, or its bound is none.
    """
    if not isinstance(name, str) or not name:
        raise TrialError(f"a limit needs a name, got {brief(name)}", hint="it is a string: 'size_mb'")
    try:
        limit = Limit(at_most=at_most, at_least=at_least)
    except ProblemError as error:
        raise TrialError(f"limit {name!r}: {error.message}", hint=error.hint) from None
    given = limited(value, limit)
    if given is None:
        raise TrialError(
            f"limit {name!r}: the value must be a finite number, got {brief(value)}",
            hint="limit what is a number; a trial that has none raises an exception of its own",
        )
    return given
