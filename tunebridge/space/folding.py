"""The tree of a space, turned into a library's own: for libraries whose natives are nested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from tunebridge.space.choices import Categorical
from tunebridge.space.conditions import Clause, Condition
from tunebridge.space.node import Node
from tunebridge.space.space import Space

T = TypeVar("T")

Beside = tuple[Condition, ...]
"""Conditions that no branch expresses, all of which must hold."""


def fold(
    space: Space,
    leaf: Callable[[Node, Beside], T],
    choice: Callable[[Node, Mapping[str, Mapping[str, T]], Beside], T],
) -> dict[str, T]:
    """Make a library's nested native of a space, from the leaves up.

    A condition that asks for labels of one choice, and for nothing else, is a branch: the parameter stands
    under each of these labels, with one native for all of them, made once. So a choice that was declared
    without branches may get some here.

    Both functions are given, last, the conditions of their parameter that no branch expresses, those of the
    choices around it included. A library without such conditions proposes the parameter in any case, and its
    value is dropped where they do not hold.

    Args:
        space: The declared space.
        leaf: Returns the native of a parameter without branches.
        choice: Returns the native of a choice with branches. It is given what the branches hold: by label, in
            order, a mapping of full path to native, which is empty for a label without a branch.

    Returns:
        The natives at the top by full path. Fixed parameters are left out, and what the branch of a single
        choice holds stands in its place.
    """
    return _Tree(space.nodes, leaf, choice).level(None, ())


class _Tree(Generic[T]):
    """Natives under labels, each made once."""

    def __init__(
        self,
        nodes: Sequence[Node],
        leaf: Callable[[Node, Beside], T],
        choice: Callable[[Node, Mapping[str, Mapping[str, T]], Beside], T],
    ) -> None:
        self._leaf, self._choice = leaf, choice
        self._made: dict[str, dict[str, T]] = {}
        self._levels: dict[tuple[str, str] | None, list[Node]] = defaultdict(list)
        self._beside: dict[str, Beside] = {}
        known = {node.path: node for node in nodes}
        for node in nodes:
            labels = _labels(node, known)
            self._beside[node.path] = () if labels or not node.when else (node.when,)
            for home in labels or [_label(node.branch)]:
                self._levels[home].append(node)

    def level(self, home: tuple[str, str] | None, around: Beside) -> dict[str, T]:
        """Return the natives under a label of a choice, or at the top."""
        natives: dict[str, T] = {}
        for node in self._levels.get(home, ()):
            if node.path not in self._made:
                self._made[node.path] = self._native(node, (*around, *self._beside[node.path]))
            natives.update(self._made[node.path])
        return natives

    def _native(self, node: Node, beside: Beside) -> dict[str, T]:
        labels = node.parameter.labels if isinstance(node.parameter, Categorical) else ()
        branches = {label: self.level((node.path, label), beside) for label in labels}
        if node.fixed:
            return {path: native for inside in branches.values() for path, native in inside.items()}
        if any(branches.values()) or node.branching:
            return {node.path: self._choice(node, branches, beside)}
        return {node.path: self._leaf(node, beside)}


def _labels(node: Node, known: Mapping[str, Node]) -> list[tuple[str, str] | None]:
    """Return the labels of one choice of which a condition asks for one, and for nothing else."""
    if not node.when or any(len(all_of) != 1 for all_of in node.when.any_of):
        return []
    paths = {clause.path for clause in node.when.clauses}
    parent = known[paths.pop()]
    # The labels of twins cannot be told apart by what a trial shows.
    is_choice = isinstance(parent.parameter, Categorical) and not parent.parameter.has_twins
    if paths or not is_choice or node.branch not in (None, *_around(parent, known)):
        return []
    labels = [label for clause in node.when.clauses for label in clause.allowed]  # type: ignore[union-attr]
    return [(parent.path, label) for label in dict.fromkeys(labels)]


def _around(node: Node, known: Mapping[str, Node]) -> Iterator[Clause]:
    """Yield the branches that a parameter is in, innermost first."""
    while node.branch is not None:
        yield node.branch
        node = known[node.branch.path]


def _label(branch: Clause | None) -> tuple[str, str] | None:
    return None if branch is None else (branch.path, branch.allowed[0])  # type: ignore[index]
