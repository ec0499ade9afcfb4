"""When a parameter is active, in ConfigSpace's own conditions.

A clause on a parent that is given by an index is an `InCondition`. A clause on one that is given as a float
holds between two cuts: half a unit outside of whole numbers, at the borders between weights, and half of
ConfigSpace's last decimal outside of a range of floats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, product
from typing import Any

from ConfigSpace.conditions import (
    AndConjunction,
    ConditionLike,
    GreaterThanCondition,
    InCondition,
    LessThanCondition,
    OrConjunction,
)

from tunebridge import AnyParameter, Between, Categorical, Clause, Float, Int, Node, Normal, Space
from tunebridge_smac.natives import exponent, is_listed

HAIR = 5e-14
"""Half of the last decimal that ConfigSpace keeps."""

Term = tuple[Clause, ...]
"""Clauses that all hold."""


class Conditions:
    """The conditions of a space.

    Args:
        space: The declared space.
        made: The hyperparameters, by full path.
    """

    def __init__(self, space: Space, made: Mapping[str, Any]) -> None:
        """Look parents up by path."""
        self._nodes = {node.path: node for node in space.nodes}
        self._made = made

    def of(self, node: Node) -> ConditionLike | None:
        """Return the condition of a node; None if it is always active."""
        terms = list(self._terms(node))
        if () in terms:
            return None
        return _joined(OrConjunction, [self._term(node.path, term) for term in terms])

    def _terms(self, node: Node) -> Iterator[Term]:
        """Yield alternatives, of which no clause allows all that its parent may be.

        Such a clause, as any on a parent of one value, says that the parent is active.
        """
        for clauses in node.condition.any_of:
            for parts in product(*map(self._said, clauses)):
                yield tuple(dict.fromkeys(chain.from_iterable(parts)))

    def _said(self, clause: Clause) -> list[Term]:
        parent = self._nodes[clause.path]
        says_all = parent.fixed or _spans(parent.parameter, clause.allowed) == [(None, None)]
        return list(self._terms(parent)) if says_all else [(clause,)]

    def _term(self, path: str, term: Term) -> ConditionLike:
        return _joined(AndConjunction, [self._clause(path, clause) for clause in term])

    def _clause(self, path: str, clause: Clause) -> ConditionLike:
        child, parent = self._made[path], self._made[clause.path]
        parameter = self._nodes[clause.path].parameter
        if is_listed(parameter) or _is_even(parameter):
            runs = _runs(_places(parameter, clause.allowed))
            listed = chain.from_iterable(range(first, last + 1) for first, last in runs)
            return InCondition(child, parent, list(listed))
        between = []
        for low, high in _spans(parameter, clause.allowed):
            above = [] if low is None else [GreaterThanCondition(child, parent, low)]
            below = [] if high is None else [LessThanCondition(child, parent, high)]
            between.append(_joined(AndConjunction, [*above, *below]))
        return _joined(OrConjunction, between)


def _joined(kind: type, parts: Sequence[ConditionLike]) -> ConditionLike:
    """Join conditions; each alternative is a conjunction.

    ConfigSpace takes "a and b" of one child and "a or b" of another for the same condition, unless a and b
    are of another make.
    """
    if len(parts) == 1:
        return parts[0]
    return kind(*map(_alternative, parts)) if kind is OrConjunction else kind(*parts)


def _alternative(one: ConditionLike) -> ConditionLike:
    return one if isinstance(one, AndConjunction) else AndConjunction(one, AndConjunction(one, one))


def _is_even(parameter: AnyParameter) -> bool:
    return isinstance(parameter, Categorical) and not parameter.weighted


Span = tuple[float | None, float | None]
"""The native values between two cuts; None where the range ends."""


def _spans(parameter: AnyParameter, allowed: Any) -> list[Span]:
    """Return where a native value is allowed; one span without cuts is all of it."""
    match parameter:
        case Float(step=None) | Normal():
            return [_of_floats(parameter, allowed)]
        case Categorical(weighted=True):
            cuts: list[float] = [0.0, *accumulate(parameter.probabilities)]
        case Int(step=None):
            return [_cut(parameter, run, parameter.low - 0.5) for run in _runs(_places(parameter, allowed))]
        case _:
            return [_cut(parameter, run, -0.5) for run in _runs(_places(parameter, allowed))]
    last = len(cuts) - 2
    return [
        (cuts[one] if one else None, cuts[other + 1] if other < last else None)
        for one, other in _runs(_places(parameter, allowed))
    ]


def _cut(parameter: AnyParameter, run: tuple[int, int], start: float) -> Span:
    """Return the span of a run of places that are one unit wide each."""
    first, last = run
    is_last = last == (parameter.size or 1) - 1
    return start + first if first else None, None if is_last else start + last + 1


def _of_floats(parameter: Float | Normal, allowed: Between) -> Span:
    low, high = allowed.low, allowed.high
    if isinstance(parameter, Normal):
        is_open = low is None or (parameter.log and low <= 0.0)
        below = None if is_open else parameter.cdf(low) - HAIR  # type: ignore[arg-type]
        return below, None if high is None else parameter.cdf(high) + HAIR
    unit = exponent(parameter)
    low = None if low is None or low <= parameter.low else math.ldexp(low, unit) - HAIR
    high = None if high is None or high >= parameter.high else math.ldexp(high, unit) + HAIR
    return low, high


def _places(parameter: Any, allowed: Any) -> list[tuple[int, int]]:
    """Return the first and last places of what a clause allows."""
    if isinstance(allowed, Between):
        last = parameter.size - 1
        low = 0 if allowed.low is None else parameter.index(allowed.low)
        return [(low, last if allowed.high is None else parameter.index(allowed.high))]
    if isinstance(parameter, Float | Int):
        places = [parameter.index(value) for value in allowed]
    else:
        places = [parameter.labels.index(label) for label in allowed]
    return [(place, place) for place in sorted(places)]


def _runs(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places with neighbours put together."""
    runs: list[tuple[int, int]] = []
    for first, last in places:
        if runs and runs[-1][1] + 1 == first:
            runs[-1] = runs[-1][0], last
        else:
            runs.append((first, last))
    return runs
