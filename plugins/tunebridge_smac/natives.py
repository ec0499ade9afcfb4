"""One parameter and its values, as ConfigSpace gets them."""

from __future__ import annotations

import math
from typing import Any, TypeGuard, assert_never

from tunebridge import AnyParameter, Call, Categorical, Constant, Float, Int, Normal, Ordinal

LONGEST = 32
"""Up to how many values are listed; SMAC's local search moves by one of them at a time."""

FINEST, GREATEST = 1e-4, 1e15
"""Scales between which a float is left as it is: 13 decimals are nine digits at least, and can be rounded."""


def is_listed(parameter: AnyParameter) -> TypeGuard[Float | Int | Ordinal]:
    """Return whether a parameter is given as the indices of its values, in their order."""
    if isinstance(parameter, Float | Int) and parameter.log:
        return False
    return isinstance(parameter, Float | Int | Ordinal) and (parameter.size or math.inf) <= LONGEST


def exponent(number: Float) -> int:
    """Return the power of two in whose units a Float is given; 0 for those that stay as they are."""
    scale = number.low if number.log else number.high - number.low
    if scale >= FINEST and max(abs(number.low), abs(number.high)) <= GREATEST:
        return 0
    return 1 - math.frexp(scale)[1]


def hyperparameter(path: str, parameter: AnyParameter) -> Call:
    """Return the call that makes the hyperparameter of a parameter."""
    if is_listed(parameter):
        return Call("OrdinalHyperparameter", (path, list(range(parameter.size or 1))))
    match parameter:
        case Float(step=None, log=log) as number:
            unit = exponent(number)
            return _between(path, math.ldexp(number.low, unit), math.ldexp(number.high, unit), log=log)
        case Int(step=None, log=log) as number:
            return _between(path, number.low - 0.5, number.high + 0.5, log=log)
        case Float() | Int() | Ordinal() as long:
            return _between(path, -0.5, (long.size or 1) - 0.5)
        case Categorical(weighted=False) as choice:
            return Call("CategoricalHyperparameter", (path, list(range(len(choice.labels)))))
        case Categorical() | Normal():
            return _between(path, 0.0, 1.0)
        case Constant():
            return Call("Constant", (path, 0))
        case _:
            assert_never(parameter)


def _between(path: str, low: float, high: float, *, log: bool = False) -> Call:
    return Call("UniformFloatHyperparameter", (path, float(low), float(high)), {"log": True} if log else {})


def from_native(parameter: AnyParameter, native: Any) -> Any:
    """Return the declared value of a native one."""
    if is_listed(parameter):
        return parameter.at(int(native))
    match parameter:
        case Float(step=None):
            return parameter.settle(math.ldexp(float(native), -exponent(parameter)))
        case Int(step=None):
            return parameter.nearest(float(native))
        case Float() | Int() | Ordinal():
            return parameter.at(min(max(round(float(native)), 0), (parameter.size or 1) - 1))
        case Categorical(weighted=False):
            return parameter.from_natural(parameter.labels[int(native)])
        case Categorical() | Normal():
            return parameter.quantile(float(native))
        case Constant():
            return parameter.value
        case _:
            assert_never(parameter)


def to_native(parameter: AnyParameter, value: Any) -> Any:
    """Return the native value of a declared one."""
    if is_listed(parameter):
        return parameter.index(value)
    match parameter:
        case Float(step=None):
            return math.ldexp(value, exponent(parameter))
        case Int(step=None):
            return float(value)
        case Float() | Int() | Ordinal():
            return float(parameter.index(value))
        case Categorical(weighted=False):
            return parameter.index(value)
        case Categorical() | Normal():
            return parameter.cdf(value)
        case Constant():
            return 0
        case _:
            assert_never(parameter)
