"""Whether conditions can hold together, and under which values of the parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

from tunebridge.space.cells import cells
from tunebridge.space.conditions import Clause, Condition, Wanted, meet
from tunebridge.space.node import AnyParameter

MOST_CASES = 4096
"""How many cases of what parents are a check looks at."""

Needs = Mapping[str, Sequence[Condition]]
"""The conditions of each parameter by full path: it is active where all of them hold."""


def witness(conditions: Sequence[Condition], needs: Needs) -> dict[str, Wanted] | None:
    """Return what parents may be, by full path, so that conditions hold together; None if they cannot.

    Alternatives are tried in order, with what their parents need in turn.

    Args:
        conditions: Those that are to hold.
        needs: The conditions of all parents, which have no circle.
    """
    return _search(tuple(conditions), {}, needs)


def always_holds(condition: Condition, parents: Mapping[str, AnyParameter]) -> bool:
    """Return whether a condition holds whatever its parents are.

    Args:
        condition: The condition.
        parents: Those that are always active, by full path. Others may be inactive, so that no clause on them
            holds.
    """
    wanted: dict[str, list[Wanted]] = defaultdict(list)
    for clause in condition.clauses:
        if clause.path in parents:
            wanted[clause.path].append(clause.allowed)
    values = [[value for value, _ in cells(parents[path], asked)] for path, asked in wanted.items()]
    if prod(map(len, values)) > MOST_CASES:
        return False
    return all(condition.holds(dict(zip(wanted, case, strict=True))) for case in product(*values))


def _search(
    waiting: tuple[Condition, ...], held: dict[str, Wanted], needs: Needs
) -> dict[str, Wanted] | None:
    if not waiting:
        return held
    first, *rest = waiting
    for all_of in first.any_of:
        narrowed = _narrowed(held, all_of)
        if narrowed is None:
            continue
        new = [path for path in narrowed if path not in held]
        asked = (condition for path in new for condition in needs[path])
        found = _search((*rest, *asked), narrowed, needs)
        if found is not None:
            return found
    return None


def _narrowed(held: Mapping[str, Wanted], all_of: Sequence[Clause]) -> dict[str, Wanted] | None:
    """Return what parents may be if some clauses hold as well; None if nothing is left for one."""
    narrowed = dict(held)
    for clause in all_of:
        before = narrowed.get(clause.path)
        both = clause.allowed if before is None else meet(before, clause.allowed)
        if both is None:
            return None
        narrowed[clause.path] = both
    return narrowed
