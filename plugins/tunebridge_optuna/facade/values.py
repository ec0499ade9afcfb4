"""Values of a parameter as an objective that was written for Optuna gets them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from tunebridge import AnyParameter, Categorical, Constant, Float, Int, Ordinal

Way = Callable[[Any], Any]
"""Takes a declared value, and returns what Optuna's own suggestion would have returned for it."""


def drawn(parameter: AnyParameter, seed: int, number: int, name: str) -> Any:
    """Return a value that nobody proposes: drawn from its own distribution, fixed by seed, trial and name."""
    return parameter.quantile(random.Random(f"{seed} {number} {name}").random())


def way_of(parameter: AnyParameter, wanted: BaseDistribution) -> Way | None:
    """Return how a parameter's values are handed to an objective; None if it suggests other values."""
    match parameter, wanted:
        case (Float(), FloatDistribution()) if _same_floats(parameter, wanted):
            return float
        case (Int(), IntDistribution()) if _ends(parameter) == _ends(wanted):
            return int
        case (Ordinal() | Categorical() | Constant(), CategoricalDistribution()):
            return _choices(parameter, wanted)
        case _:
            return None


def _same_floats(parameter: Float, wanted: FloatDistribution) -> bool:
    """Return whether two ranges are one; Optuna has moved the top of a stepped one by a hair."""
    ends = math.isclose(parameter.high, wanted.high, rel_tol=1e-9, abs_tol=1e-12)
    same = (parameter.low, parameter.log, parameter.step) == (wanted.low, wanted.log, wanted.step)
    return same and ends


def _ends(integers: Int | IntDistribution) -> tuple[int, int, bool, int]:
    return integers.low, integers.high, integers.log, integers.step or 1


def _choices(parameter: Ordinal | Categorical | Constant, wanted: CategoricalDistribution) -> Way | None:
    """Return the user's own choices by the place of a declared value, if both are the same ones."""
    try:
        places = [parameter.index(choice) for choice in wanted.choices]
    except ValueError:
        return None
    if len(set(places)) != len(places) or len(places) != len(parameter.labels):
        return None
    own = dict(zip(places, wanted.choices, strict=True))
    return lambda value: own[parameter.index(value)]
