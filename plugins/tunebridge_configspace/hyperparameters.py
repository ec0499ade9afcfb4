"""One hyperparameter of ConfigSpace's as a parameter, with what makes its value.

- `UniformFloat` and `UniformInteger` are `Float` and `Int`, `Categorical` with its weights, `Ordinal` and
  `Constant` are what they are called.
- An integer with `log` is a float: ConfigSpace cuts its range into bins of one width, which gives other
  weights than `Int(log=True)` has.
- Normal and beta ones, which end at their bounds, are a probability, whose quantile the value is. With `log`
  the spread of a normal one is |ln(lower + sigma)|, as in ConfigSpace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ConfigSpace.hyperparameters import (
    BetaFloatHyperparameter,
    BetaIntegerHyperparameter,
    CategoricalHyperparameter,
    Hyperparameter,
    NormalFloatHyperparameter,
    NormalIntegerHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from ConfigSpace.hyperparameters import Constant as ConstantHyperparameter
from scipy import stats

from tunebridge import AnyParameter, Categorical, Constant, Fidelity, Float, Int, Ordinal
from tunebridge_configspace.making import Binned, Listed, Make, Quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A hyperparameter, as it was read."""

    declare: Callable[..., AnyParameter] | None = None
    """Returns the parameter; takes `when=`. None if there is none."""
    make: Make | None = None
    """What makes ConfigSpace's value of a param; None if it is the same."""
    reason: str = ""
    """Why it is not simply exact."""

    @property
    def fidelity(self) -> Fidelity:
        """How faithful it is."""
        if self.declare is None:
            return Fidelity.REFUSED
        return Fidelity.EMULATED if isinstance(self.make, Binned | Quantile) else Fidelity.EXACT


def read(given: Hyperparameter[Any, Any]) -> Drawn:
    """Return what a hyperparameter is."""
    match given:
        case UniformFloatHyperparameter():
            return Drawn(declare=partial(Float, given.lower, given.upper, log=given.log))
        case UniformIntegerHyperparameter(log=False):
            return Drawn(declare=partial(Int, given.lower, given.upper))
        case UniformIntegerHyperparameter():
            reason = "the bin of a float, as in ConfigSpace: Int(log=True) has other weights"
            declare = partial(Float, given.lower, given.upper, log=True)
            return Drawn(declare=declare, make=Binned(given.lower, given.upper), reason=reason)
        case NormalFloatHyperparameter() | NormalIntegerHyperparameter():
            return _normal(given)
        case BetaFloatHyperparameter() | BetaIntegerHyperparameter():
            return _quantile(given, stats.beta(given.alpha, given.beta), "a beta distribution")
        case CategoricalHyperparameter():
            return _categorical(given)
        case OrdinalHyperparameter():
            return _listed(partial(Ordinal, given.sequence), given.sequence)
        case ConstantHyperparameter():
            return Drawn(declare=partial(Constant, given.value))
        case _:
            return Drawn(reason="is of a class of its own: declare it by one of ConfigSpace's")


def _normal(given: NormalFloatHyperparameter | NormalIntegerHyperparameter) -> Drawn:
    low, high, sd = float(given.lower), float(given.upper), given.sigma
    if given.log:
        low, high, sd = math.log(low), math.log(high), abs(math.log(given.lower + given.sigma))
    if sd == 0:
        return Drawn(reason="has no spread, as lower + sigma is 1: with log it is |ln(lower + sigma)|")
    mean, spread = float(given.to_vector(given.mu)), sd / (high - low)
    ends = (0.0 - mean) / spread, (1.0 - mean) / spread
    return _quantile(
        given, stats.truncnorm(*ends, mean, spread), "a normal distribution that ends at its bounds"
    )


def _quantile(given: Any, distribution: Any, words: str) -> Drawn:
    bins = None if isinstance(given.size, float) else int(given.size)
    reason = f"the probability whose quantile it is, of {words}"
    return Drawn(declare=partial(Float, 0.0, 1.0), make=Quantile(given, distribution, bins), reason=reason)


def _categorical(given: CategoricalHyperparameter) -> Drawn:
    weights: Sequence[float] = given.weights or [1.0] * len(given.choices)
    drawn = [(choice, weight) for choice, weight in zip(given.choices, weights, strict=True) if weight > 0]
    options, kept = [choice for choice, _ in drawn], [float(weight) for _, weight in drawn]
    declare = partial(Categorical, options, kept if given.weights else None)
    never = [choice for choice, weight in zip(given.choices, weights, strict=True) if weight <= 0]
    return _listed(declare, options, f"without what has the weight 0: {never}" if never else "")


def _listed(declare: Callable[..., Any], options: Sequence[Any], reason: str = "") -> Drawn:
    return Drawn(declare=declare, make=Listed(declare(), options), reason=reason)
