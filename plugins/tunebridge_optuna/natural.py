"""Parameters as Optuna's distributions in natural units: what its plots and its dashboard show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, assert_never

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from tunebridge import AnyParameter, Categorical, Constant, Float, Int, Normal, Ordinal, Space

NORMAL_SDS = 8.0
"""How many sd around the mean the bounds of a Normal span: Optuna has no unbounded distribution."""


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """Return the distribution of every parameter by full path, constants included."""
    return {node.path: distribution(node.parameter) for node in space.nodes}


def distribution(parameter: AnyParameter) -> BaseDistribution:
    """Return the distribution of a parameter's natural values.

    A stepped Float has none of its step, which Optuna would hold against values that differ from its own sums
    by a hair.
    """
    match parameter:
        case Float():
            return FloatDistribution(parameter.low, parameter.high, log=parameter.log)
        case Int():
            return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step or 1)
        case Ordinal() | Categorical() | Constant():
            return CategoricalDistribution(parameter.labels)
        case Normal():
            ends = [parameter.mean + sign * NORMAL_SDS * parameter.sd for sign in (-1, 1)]
            bounds = [math.exp(end) for end in ends] if parameter.log else ends
            return FloatDistribution(bounds[0], bounds[1], log=parameter.log)
        case _:
            assert_never(parameter)


def fitted(distribution: BaseDistribution, values: Iterable[Any]) -> BaseDistribution:
    """Return a distribution as wide as natural values need; those of one name may differ in their bounds."""
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        return distribution
    low, high = distribution.low, distribution.high
    reached = [low, high, *values]
    if low <= min(reached) and max(reached) <= high:
        return distribution
    if isinstance(distribution, IntDistribution):
        return IntDistribution(int(min(reached)), int(max(reached)), log=distribution.log)
    return FloatDistribution(min(reached), max(reached), log=distribution.log)


def parameter_of(distribution: BaseDistribution) -> Float | Int | Categorical:
    """Return the parameter that has the values of a distribution, equally likely ones as Optuna has them.

    Choices are labelled as in a list of their own; of those that look alike, the place tells them apart.
    """
    match distribution:
        case FloatDistribution():
            return Float(distribution.low, distribution.high, log=distribution.log, step=distribution.step)
        case IntDistribution():
            step = None if distribution.step == 1 else distribution.step
            return Int(distribution.low, distribution.high, log=distribution.log, step=step)
        case CategoricalDistribution():
            listed = Categorical(list(distribution.choices))
            if len(set(listed.labels)) == len(listed.labels):
                return listed
            pairs = enumerate(zip(listed.labels, distribution.choices, strict=True))
            return Categorical({f"{label} ({place})": choice for place, (label, choice) in pairs})
        case _:
            raise TypeError(f"{type(distribution).__name__} is no distribution of Optuna's")
