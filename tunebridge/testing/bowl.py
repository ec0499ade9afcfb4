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
        target: Flat params, where the value is 0.
    """

    space: Space
    target: Mapping[str, Any]

    def __call__(self, params: Mapping[str, Any]) -> float:
        """Return the value of flat params, in [0, 1]; what they lack of the target is 1 away."""
        parameters = {node.path: node.parameter for node in self.space.nodes}
        mine, wanted = self.space.unflatten(params), self.space.unflatten(self.target)
        gaps = [_gap(parameters[path], mine[path], wanted[path]) if path in mine else 1.0 for path in wanted]
        return sum(distance**2 for distance in gaps) / max(len(gaps), 1)


def _gap(parameter: AnyParameter, value: Any, wanted: Any) -> float:
    """Return how far apart two values are, in [0, 1]."""
    match parameter:
        case Categorical() | Constant():
            return float(parameter.read(value) is not parameter.read(wanted))
        case Ordinal():
            return abs(parameter.index(value) - parameter.index(wanted)) / max(parameter.size - 1, 1)
        case Normal():
            return abs(parameter.cdf(value) - parameter.cdf(wanted))
        case Float() | Int():
            scale = math.log if parameter.log else float
            width = scale(parameter.high) - scale(parameter.low)
            return abs(scale(value) - scale(wanted)) / (width or 1.0)
        case _:
            assert_never(parameter)
