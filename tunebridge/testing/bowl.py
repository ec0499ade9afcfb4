"""An objective with one known optimum, on any space."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from tunebridge import AnyParameter, Categorical, Constant, Float, Int, Normal, Ordinal, Space


@dataclass(frozen=True, slots=True)
class Bowl:
    """The squared distance from a target, each parameter on a scale from 0 to 1.

    Args:
        space: The space of the params.
        target: Flat params, where the value is 0; it is positive elsewhere.
    """

    space: Space
    target: Mapping[str, Any]

    @classmethod
    def of(cls, space: Space, seed: int = 7) -> Bowl:
        """Return a bowl with a random target that keeps the constraints."""
        return cls(space, space.sample(seed))

    def __call__(self, params: Mapping[str, Any]) -> float:
        """Return the value of flat params: the mean over the target's names; inactive ones are 1 away."""
        gaps: dict[str, float] = {}

        def measure(node: Any) -> Any:
            value, wanted = params[node.name], self.target.get(node.name)
            gaps[node.name] = gap(node.parameter, value, wanted) if node.name in self.target else 1.0
            return value

        self.space.walk(measure)
        return sum(gaps.get(name, 1.0) ** 2 for name in self.target) / max(len(self.target), 1)


def gap(parameter: AnyParameter, value: Any, wanted: Any) -> float:
    """Return how far apart two values are, in [0, 1] where the parameter is bounded."""
    if isinstance(parameter, Categorical | Constant):
        return float(value is not wanted and value != wanted)
    return abs(position(parameter, value) - position(parameter, wanted))


def position(parameter: Float | Int | Ordinal | Normal, value: Any) -> float:
    """Return the place of a value on its parameter's own scale, in [0, 1]."""
    match parameter:
        case Normal():
            return parameter.cdf(value)
        case Ordinal():
            return parameter.index(value) / max(parameter.size - 1, 1)
        case Float() | Int():
            scale = math.log if parameter.log else float
            low, high = scale(parameter.low), scale(parameter.high)
            return (scale(value) - low) / ((high - low) or 1.0)
        case _:
            assert_never(parameter)
