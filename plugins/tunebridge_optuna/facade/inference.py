"""Conditions from examples: the widest one that holds where a parameter was seen and nowhere else.

An example is the natural values of a trial by name: numbers, and labels of choices. A condition is a list of
mappings of names to what they must be, as `when=` takes it: a tuple of values, or a `Between`.

Few-valued parents are looked at before others, as what gates a parameter is a choice or a count as a rule;
then the condition that allows the larger share of its parents' values wins, then the nearer parent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from tunebridge import AnyParameter, Between, Float, Int, Normal

Example = Mapping[str, Any]
Wanted = tuple[Any, ...] | Between
AllOf = Mapping[str, Wanted]

FEW = 20
"""How many values a parent has at most that is looked at first, and whose values may be listed."""

MOST_CLAUSES = 3
"""How many parents a condition names at most."""

MOST_ALTERNATIVES = 3
"""How many mappings a condition is made of at most."""


class Examples(NamedTuple):
    """Where something was seen, and where it was missing."""

    seen: Sequence[Example]
    """The values that were known before it was suggested."""
    missing: Sequence[Example]
    """All values of each trial."""


def holds(condition: Sequence[AllOf], example: Example) -> bool:
    """Return whether a condition holds; one without mappings always does."""
    return not condition or any(_all_hold(all_of, example) for all_of in condition)


def condition_of(examples: Examples, parents: Mapping[str, AnyParameter]) -> list[AllOf] | None:
    """Return the widest condition that tells the examples apart; None if there is none.

    Args:
        examples: Where something was seen, and where it was missing.
        parents: What may decide, by name.
    """
    if not examples.missing:
        return []
    single = _conjunction(examples, parents)
    return [single] if single is not None else _alternatives(examples, parents)


def ranges_apart(groups: Sequence[Examples], parents: Mapping[str, AnyParameter]) -> list[list[AllOf]] | None:
    """Return the conditions of several ranges of one name, which exclude one another; None if nothing does.

    One few-valued parent decides: it had other values wherever the range was another one.

    Args:
        groups: Where each range was seen, and where the name was missing.
        parents: What may decide, by name.
    """
    everywhere = [example for group in groups for example in group.seen]
    for name in reversed(_common(everywhere)):
        if name not in parents or not _is_few(parents[name]):
            continue
        taken = [{example[name] for example in group.seen} for group in groups]
        missing = {example[name] for group in groups for example in group.missing if name in example}
        if all(one.isdisjoint(other) for one, other in combinations([*taken, missing], 2)):
            return [[{name: _in_order(parents[name], values)}] for values in taken]
    return None


def _conjunction(
    examples: Examples,
    parents: Mapping[str, AnyParameter],
    n_clauses: int = MOST_CLAUSES,
) -> AllOf | None:
    """Return the best mapping that holds wherever it was seen, and nowhere else."""
    names = [name for name in _common(examples.seen) if name in parents]
    for size in range(1, n_clauses + 1):
        able = names if size < MOST_CLAUSES else [name for name in names if _is_few(parents[name])]
        found = [
            all_of
            for chosen in combinations(able, size)
            if (all_of := _told_apart(examples, parents, chosen)) is not None
        ]
        if found:
            return min(found, key=lambda all_of: _cost(all_of, parents, names))
    return None


def _told_apart(
    examples: Examples, parents: Mapping[str, AnyParameter], names: Sequence[str]
) -> AllOf | None:
    """Return the widest mapping of some names that tells the examples apart; None if they do not."""
    all_of: dict[str, Wanted] = {}
    for turn in range(2):
        for name in names:
            others = {key: wanted for key, wanted in all_of.items() if key != name}
            left = [one for one in examples.missing if name in one and _all_hold(others, one)]
            seen = [one[name] for one in examples.seen]
            wanted = _widest(parents[name], seen, [one[name] for one in left])
            if wanted is None and turn:
                return None
            all_of[name] = Between(None, None) if wanted is None else wanted
    return None if any(_all_hold(all_of, one) for one in examples.missing) else all_of


def _alternatives(examples: Examples, parents: Mapping[str, AnyParameter]) -> list[AllOf] | None:
    """Return few mappings of which one holds wherever it was seen; None if there are none."""
    few = {name: parent for name, parent in parents.items() if _is_few(parent)}
    found: list[AllOf] = []
    left = list(examples.seen)
    while left and len(found) < MOST_ALTERNATIVES:
        one = _conjunction(Examples(left[:1], examples.missing), few, MOST_CLAUSES - 1)
        if one is None:
            return None
        found.append(one)
        left = [example for example in left if not _all_hold(one, example)]
    return None if left else found


def _widest(parent: AnyParameter, seen: Sequence[Any], missing: Sequence[Any]) -> Wanted | None:
    """Return the widest clause that allows what was seen, and what was missing as little as it can.

    Returns:
        Values, or a range; None if it would exclude nothing.
    """
    if not isinstance(parent, Float | Int | Normal):
        excluded = set(missing) - set(seen)
        return tuple(label for label in parent.labels if label not in excluded) if excluded else None
    low, high = min(seen), max(seen)
    below = [value for value in missing if value < low]
    above = [value for value in missing if value > high]
    if _is_few(parent) and any(low < value < high and value not in seen for value in missing):
        listed = tuple(value for value in parent.grid(None) if value not in set(missing) - set(seen))
        return listed or None
    if not below and not above:
        return None
    return Between(
        _beside(parent, max(below), 1) if below else None, _beside(parent, min(above), -1) if above else None
    )


def _beside(parent: Float | Int | Normal, value: Any, way: int) -> Any:
    """Return the next value above or below."""
    if isinstance(parent, Int):
        return value + way * (parent.step or 1)
    return math.nextafter(value, way * math.inf)


def _cost(all_of: AllOf, parents: Mapping[str, AnyParameter], names: Sequence[str]) -> tuple[Any, ...]:
    """Return what makes a mapping worse than another one, the most important first."""
    many = sum(not _is_few(parents[name]) for name in all_of)
    share = math.prod(_share(parents[name], wanted) for name, wanted in all_of.items())
    return many, -round(share, 6), sum(len(names) - names.index(name) for name in all_of)


def _share(parent: AnyParameter, wanted: Wanted) -> float:
    """Return the share of a parent's values that a clause allows."""
    if not isinstance(wanted, Between):
        return len(wanted) / (parent.size or len(wanted))
    if not isinstance(parent, Float | Int):
        return 0.5
    if _is_few(parent):
        values = parent.grid(None)
        return sum(value in wanted for value in values) / len(values)
    low = parent.low if wanted.low is None else wanted.low
    high = parent.high if wanted.high is None else wanted.high
    return _reached(parent, high) - _reached(parent, low)


def _reached(parent: Float | Int, value: float) -> float:
    """Return the share of a parent's values up to one, which may be outside: a queue has fixed it."""
    return parent.cdf(parent.nearest(value))  # type: ignore[arg-type]  # an Int's nearest value is one


def _is_few(parent: AnyParameter) -> bool:
    return parent.size is not None and parent.size <= FEW


def _common(examples: Sequence[Example]) -> list[str]:
    """Return the names that all examples have, in the order of the first."""
    return [name for name in examples[0] if all(name in example for example in examples)]


def _in_order(parent: AnyParameter, values: set[Any]) -> tuple[Any, ...]:
    known = parent.grid(None) if isinstance(parent, Float | Int) else getattr(parent, "labels", ())
    return tuple(value for value in known if value in values)


def _all_hold(all_of: AllOf, example: Example) -> bool:
    return all(name in example and example[name] in wanted for name, wanted in all_of.items())
