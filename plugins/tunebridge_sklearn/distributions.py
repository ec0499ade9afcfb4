"""Frozen distributions that scipy lacks, for `ParameterSampler` and `RandomizedSearchCV`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.utils import check_random_state

from tunebridge import Categorical, Int


@dataclass(frozen=True, slots=True)
class LogInt:
    """An integer in [low, high] with P(k) proportional to ln((k + 1/2) / (k - 1/2)).

    Args:
        low: Lower bound, included, >= 1.
        high: Upper bound, included.
    """

    low: int
    high: int

    def rvs(self, random_state: Any = None) -> int:
        """Draw one integer."""
        return Int(self.low, self.high, log=True).quantile(check_random_state(random_state).uniform())


@dataclass(frozen=True, slots=True)
class WeightedChoice:
    """One of some values, with given probabilities.

    Args:
        values: The values; any objects.
        p: Probability of each; they sum to 1.
    """

    values: Sequence[Any]
    p: Sequence[float]

    def rvs(self, random_state: Any = None) -> Any:
        """Draw one value."""
        q = check_random_state(random_state).uniform()
        return Categorical({str(place): value for place, value in enumerate(self.values)}, self.p).quantile(q)
