"""One param's next value: by a factor, by a step, or drawn anew; always inside its domain."""

from __future__ import annotations

import random
from typing import Any, assert_never

from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.node import AnyParameter
from tunebridge.space.numeric import Float, Int, Normal

SHARE = 0.05
"""The part of its probability by which a continuous param steps that a factor cannot move, as one at 0."""


def drawn(parameter: AnyParameter, value: Any, rng: random.Random) -> Any:
    """Return a value drawn from the declared distribution; of choices without order, another one."""
    if isinstance(parameter, Categorical):
        return _another(parameter, value, rng)
    return parameter.quantile(rng.random())


def moved(parameter: AnyParameter, value: Any, factor: float) -> Any:
    """Return a value near by.

    A number is multiplied, and kept inside its bounds. Where this leaves it as it is (an integer that rounds
    back, a zero, a bound), it moves by one step; so do ordered choices. At an end the step goes inward.

    Args:
        parameter: What has the value; of choices without order all stay as they are, for none is near.
        value: A declared value.
        factor: By what it is multiplied; below 1, a step goes down.
    """
    match parameter:
        case Float() | Int() | Normal():
            near = _inside(parameter, value * factor)
            return near if near != value else _stepped(parameter, value, up=factor > 1)
        case Ordinal():
            return _stepped(parameter, value, up=factor > 1)
        case Categorical() | Constant():
            return value
        case _:
            assert_never(parameter)


def _inside(parameter: Float | Int | Normal, number: float) -> Any:
    if isinstance(parameter, Normal):
        return min(max(number, parameter.quantile(0.0)), parameter.quantile(1.0))
    return parameter.nearest(number)


def _stepped(parameter: Float | Int | Normal | Ordinal, value: Any, *, up: bool) -> Any:
    """Return the value one step on: the next declared one, or `SHARE` of the probability away."""
    if isinstance(parameter, Normal) or (isinstance(parameter, Float) and parameter.step is None):
        q = parameter.cdf(value)
        way = 1 if (up and q + SHARE <= 1.0) or (not up and q - SHARE < 0.0) else -1
        return parameter.quantile(q + way * SHARE)
    place, last = parameter.index(value), (parameter.size or 1) - 1
    way = 1 if (up and place < last) or (not up and place == 0) else -1
    return parameter.at(min(max(place + way, 0), last))


def _another(parameter: Categorical, value: Any, rng: random.Random) -> Any:
    """Return one of the other choices, as likely as declared."""
    place = parameter.index(value)
    others = [index for index in range(len(parameter.shown)) if index != place]
    weights = [parameter.probabilities[index] for index in others]
    return parameter.shown[rng.choices(others, weights)[0]] if others else value
