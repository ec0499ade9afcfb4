"""What all parameters have in common.

A parameter is a frozen value. Its faults are raised by the `Space` that names it, so that every
message carries the parameter's path and all faults of a space come at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any, Self

from tunebridge.space.conditions import When, WhenLike, shown_when


class Parameter:
    """One entry of a space: a set of values, and how likely each is under random search."""

    __slots__ = ()

    when: WhenLike | When | None
    """The condition under which it is active; None if it always is where it stands."""

    def under(self, when: WhenLike | When | None) -> Self:
        """Return the same parameter under a condition, in the place of its own."""
        changed = copy(self)
        object.__setattr__(changed, "when", When.of(when))
        return changed

    def declaration(self, more: str = "") -> str:
        """Return the declaration as it was written, without its condition and with more arguments."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Show the declaration as it was written."""
        return self.declaration(shown_when(self.when))

    @property
    def size(self) -> int | None:
        """Number of values; None when infinite."""
        raise NotImplementedError

    def faults(self) -> Iterator[str]:
        """Yield every rule that the declaration breaks."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """Return the declared value that `value` stands for, as a builtin type.

        Raises:
            ValueError: `value` is outside the parameter; the message gives the rule.
        """
        raise NotImplementedError

    @property
    def has_twins(self) -> bool:
        """Whether two labels have one and the same value, so that params do not say which was proposed."""
        return False

    def find(self, value: Any) -> Any:
        """Return the declared value that is `value`, or equal to it; a label is none.

        Raises:
            ValueError: There is no such value; the message gives the rule.
        """
        return self.read(value)

    def to_natural(self, value: Any) -> Any:
        """Return a declared value as plain data: a number, or the label of a choice."""
        return value

    def from_natural(self, natural: Any) -> Any:
        """Return the declared value of a number, or of a label: a label is never taken for a value.

        Raises:
            ValueError: There is no such number or label; the message gives the rule.
        """
        return self.read(natural)

    def nearest(self, value: Any) -> Any:
        """Return the declared value closest to `value`: numbers are clipped and rounded.

        Raises:
            ValueError: `value` has no closest one; the message gives the rule.
        """
        return self.read(value)

    def quantile(self, q: float) -> Any:
        """Return the value at probability `q` in [0, 1] of the declared distribution."""
        raise NotImplementedError

    def cdf(self, value: Any) -> float:
        """Return the probability in [0, 1] at which `quantile` gives a value: its inverse.

        Of a value that has a share of its own it is the middle of that share. It is as exact as floats are:
        where they cannot tell the values of an Int apart, it gives a neighbour.

        Raises:
            ValueError: `value` is outside the parameter; the message gives the rule.
        """
        raise NotImplementedError

    def grid(self, points: int | None) -> list[Any]:
        """Return the values of a grid, in order.

        Args:
            points: How many values, both ends included, equal in the parameter's own scale;
                None takes all values of a finite parameter.

        Raises:
            ValueError: The parameter has no such grid.
        """
        raise NotImplementedError


class Branch:
    """Marks a choice's value as a space of its own; `Space` is the only one."""

    __slots__ = ()

    entries: tuple[tuple[str, Any], ...]
    constraints: tuple[Any, ...]
    when: WhenLike | When | None

    @property
    def size(self) -> int | None:
        """Number of different params; None when infinite."""
        raise NotImplementedError


def even_quantiles(points: int) -> list[float]:
    """Return `points` probabilities from 0 to 1, equally far apart; the middle for one."""
    return [index / (points - 1) for index in range(points)] if points > 1 else [0.5]


def pick(size: int, q: float) -> int:
    """Return which of `size` equally likely places probability `q` falls on."""
    return min(int(q * size), size - 1)


def middle(place: int, size: int) -> float:
    """Return the probability in the middle of one of `size` equally likely places."""
    return (place + 0.5) / size
