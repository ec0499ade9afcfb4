"""What makes ConfigSpace's value of a param where it is not the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunebridge import Categorical, Ordinal


@dataclass(frozen=True, slots=True)
class Listed:
    """Makes the very option of a listed value."""

    parameter: Categorical | Ordinal
    options: Sequence[Any]

    def __call__(self, value: Any) -> Any:
        """Return the option."""
        return self.options[self.parameter.index(value)]


@dataclass(frozen=True, slots=True)
class Binned:
    """Makes an integer of a float: its range has as many bins, all of one width, as there are integers."""

    lower: int
    upper: int

    def __call__(self, value: float) -> int:
        """Return the integer."""
        bins = self.upper - self.lower + 1
        place = int((value - self.lower) / (self.upper - self.lower) * bins)
        return self.lower + min(place, bins - 1)


@dataclass(frozen=True, slots=True)
class Quantile:
    """Makes a value of a probability."""

    given: Any
    """The hyperparameter."""
    distribution: Any
    """scipy's frozen distribution, on the scale where the hyperparameter goes from 0 to 1."""
    bins: int | None
    """How many values there are; None for floats."""

    def __call__(self, q: float) -> float | int:
        """Return the quantile, on the scale of the hyperparameter."""
        place = min(max(float(self.distribution.ppf(q)), 0.0), 1.0)
        if self.bins is None:
            return float(self.given.to_value(place))
        return int(self.given.to_value(min(int(place * self.bins), self.bins - 1) / (self.bins - 1)))


Make = Listed | Binned | Quantile
