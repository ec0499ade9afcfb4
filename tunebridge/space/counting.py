"""How many different params a space has, inactive parameters absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from tunebridge.space.cells import cells
from tunebridge.space.choices import Categorical
from tunebridge.space.conditions import Wanted
from tunebridge.space.node import AnyParameter, Node

MOST_CASES = 100_000
"""How many cases of what parents are a count may look at."""


def count(nodes: Sequence[Node]) -> int | None:
    """Return the number of different params.

    What conditions do not tell apart is counted at once, so that the cost depends on how parents are
    entangled, not on how many values they have.

    Returns:
        None when there are infinitely many, or when telling them apart takes more than 100,000 cases.
    """
    if None in map(_size, nodes):
        return None
    try:
        return prod(_Count(part).beyond(0, {}) for part in _parts(nodes))
    except OverflowError:
        return None


class _Count:
    """Counts over the cases of what parents are."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._sizes = [_size(node) or 0 for node in nodes]
        self._cells = {path: cells(one, wanted) for path, one, wanted in _asked(nodes)}
        clauses = ((place, clause) for place, node in enumerate(nodes) for clause in node.condition.clauses)
        self._last = {clause.path: place for place, clause in clauses}
        self._known: dict[tuple[Any, ...], int] = {}

    def beyond(self, first: int, decided: Mapping[str, Any]) -> int:
        """Return the number of params of the nodes from one on, for given parents."""
        held = tuple((path, value) for path, value in decided.items() if self._last[path] >= first)
        if (first, held) not in self._known:
            if len(self._known) >= MOST_CASES:
                raise OverflowError
            self._known[first, held] = self._counted(first, decided)
        return self._known[first, held]

    def _counted(self, first: int, decided: Mapping[str, Any]) -> int:
        total = 1
        for place in range(first, len(self._nodes)):
            node = self._nodes[place]
            if not node.is_active(decided):
                continue
            if node.path in self._cells:
                return total * sum(
                    number * self.beyond(place + 1, {**decided, node.path: value})
                    for value, number in self._cells[node.path]
                )
            total *= self._sizes[place]
        return total


def _parts(nodes: Sequence[Node]) -> list[list[Node]]:
    """Return the nodes in parts, of which no condition connects one with another."""
    part_of: dict[str, list[Node]] = {}
    places = {node.path: place for place, node in enumerate(nodes)}
    for node in nodes:
        joined = {id(part): part for part in (part_of[clause.path] for clause in node.condition.clauses)}
        part = [one for several in joined.values() for one in several]
        part = sorted([*part, node], key=lambda one: places[one.path]) if len(joined) > 1 else [*part, node]
        part_of.update({one.path: part for one in part})
    return list({id(part): part for part in part_of.values()}.values())


def _size(node: Node) -> int | None:
    is_choice = isinstance(node.parameter, Categorical)
    return len(node.parameter.labels) if is_choice else node.parameter.size  # type: ignore[union-attr]


def _asked(nodes: Sequence[Node]) -> Iterator[tuple[str, AnyParameter, list[Wanted]]]:
    """Yield the parents, and what clauses want of each."""
    wanted: dict[str, list[Wanted]] = defaultdict(list)
    for node in nodes:
        for clause in node.condition.clauses:
            wanted[clause.path].append(clause.allowed)
    for node in nodes:
        if node.path in wanted:
            yield node.path, node.parameter, wanted[node.path]
