"""The parts of a parameter's range in which its value keeps a rule, found by halving.

The value of a param never falls as the param rises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from tunebridge import Float, Int

Spans = tuple[tuple[float, float], ...]
"""Lowest and highest params, both included, from the lowest span to the highest."""
Value = Callable[[Any], Any]
"""Returns the value of a param."""


def last_before(parameter: Float | Int, holds: Callable[[Any], bool]) -> float | None:
    """Return the highest param up to which a rule holds; None if it holds nowhere."""
    if not holds(parameter.low):
        return None
    return parameter.high if holds(parameter.high) else _edge(parameter, holds)[0]


def first_after(parameter: Float | Int, holds: Callable[[Any], bool]) -> float | None:
    """Return the lowest param from which on a rule holds; None if it holds nowhere."""
    if not holds(parameter.high):
        return None
    return parameter.low if holds(parameter.low) else _edge(parameter, lambda param: not holds(param))[1]


def equal_to(parameter: Float | Int, value: Value, wanted: Iterable[Any]) -> Spans:
    """Return where the value is one of some."""
    found = set()
    for one in wanted:
        first = first_after(parameter, lambda param, one=one: value(param) >= one)  # type: ignore[misc]
        last = last_before(parameter, lambda param, one=one: value(param) <= one)  # type: ignore[misc]
        if first is not None and last is not None and first <= last:
            found.add((first, last))
    return tuple(sorted(found))


def complement(parameter: Float | Int, spans: Spans) -> Spans:
    """Return the rest of the range."""
    rest, start = [], parameter.low
    for low, high in spans:
        if start < low:
            rest.append((start, _neighbour(parameter, low, -1)))
        start = _neighbour(parameter, high, 1)
    return (*rest, (start, parameter.high)) if start <= parameter.high else tuple(rest)


def meet(some: Spans, others: Spans) -> Spans:
    """Return what two lists of spans have in common."""
    both = [(max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others]
    return tuple(sorted((low, high) for low, high in both if low <= high))


def _edge(parameter: Float | Int, holds: Callable[[Any], bool]) -> tuple[float, float]:
    """Return the last param for which a rule holds, and the first for which it does not."""
    low, high = parameter.low, parameter.high
    while True:
        between = (low + high) // 2 if isinstance(parameter, Int) else low + (high - low) / 2
        if not low < between < high:
            return low, high
        low, high = (between, high) if holds(between) else (low, between)


def _neighbour(parameter: Float | Int, param: float, way: int) -> float:
    return param + way if isinstance(parameter, Int) else math.nextafter(param, way * math.inf)
