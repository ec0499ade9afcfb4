"""The values of a parent, as far as conditions tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, assert_never

from tunebridge.space.choices import Categorical, Constant, Ordinal
from tunebridge.space.conditions import Between, Wanted
from tunebridge.space.node import AnyParameter
from tunebridge.space.numeric import Float, Int, Normal


def cells(parameter: AnyParameter, wanted: Sequence[Wanted]) -> list[tuple[Any, int]]:
    """Return one natural value, and the number of values, of all that clauses do not tell apart.

    Args:
        parameter: A parent.
        wanted: What clauses allow of it.

    Returns:
        At least one value of every kind; the numbers mean nothing where the parent has infinitely many.
    """
    found: dict[tuple[bool, ...], tuple[Any, int]] = {}
    for value, number in _pieces(parameter, wanted):
        key = tuple(value in one for one in wanted)
        first, before = found.get(key, (value, 0))
        found[key] = first, before + number
    return list(found.values())


def _pieces(parameter: AnyParameter, wanted: Sequence[Wanted]) -> Iterator[tuple[Any, int]]:
    """Yield one natural value of each piece that no clause cuts, and how many values are in it."""
    match parameter:
        case Float(size=None) | Normal():
            yield from ((value, 1) for value in _between_ends(parameter, wanted))
        case Float() | Int():
            ends = {0} | {place for one in wanted for place in _cuts(parameter, one)}
            places = sorted(place for place in ends if place < (parameter.size or 0))
            for place, after in zip(places, [*places[1:], parameter.size or 0], strict=True):
                yield parameter.at(place), after - place
        case Ordinal() | Categorical() | Constant():
            for label in parameter.labels:
                yield parameter.to_natural(parameter.from_natural(label)), 1
        case _:
            assert_never(parameter)


def _between_ends(parameter: Float | Normal, wanted: Sequence[Wanted]) -> list[float]:
    """Return the ends of ranges, and a number beside each, that are inside the bounds."""
    ranges = [one for one in wanted if isinstance(one, Between)]
    ends = sorted({end for one in ranges for end in (one.low, one.high) if end is not None})
    beside = [below / 2 + above / 2 for below, above in pairwise(ends)]
    if isinstance(parameter, Float):
        beside += [parameter.low, parameter.high]
    else:
        beside += [ends[0] / 2 if parameter.log else ends[0] - 1, ends[-1] + 1] if ends else []
    return [*ends, *beside]


def _cuts(parameter: Float | Int, wanted: Wanted) -> Iterator[int]:
    """Yield the index of each value where a clause begins to hold, or no longer does."""
    pairs = (
        [(wanted.low, wanted.high)] if isinstance(wanted, Between) else [(value, value) for value in wanted]
    )
    for low, high in pairs:
        if low is not None:
            yield parameter.index(low)  # type: ignore[arg-type]
        if high is not None:
            yield parameter.index(high) + 1  # type: ignore[arg-type]
