"""Where the labels of a graph stand: under which options of which choices each is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hyperopt.pyll import Apply
from hyperopt.pyll.stochastic import implicit_stochastic_symbols

from tunebridge_hyperopt.options import label_of, uncast

Clause = Mapping[str, frozenset[int]]
"""The places that choices must have drawn, by label; all of them hold."""

NATIVE_CHOICES = ("randint", "categorical")
"""What draws the place of an option."""


@dataclass(slots=True)
class Standing:
    """What stands under one label."""

    node: Apply
    """The node of the label."""
    options: list[Apply] = field(default_factory=list)
    """What it chooses among, if it is the index of a choice."""
    clauses: list[Clause] = field(default_factory=list)
    """Where it stands; one of them holds when it is drawn."""


class Walk:
    """Walks a graph once, from its root.

    Args:
        root: The graph.
    """

    def __init__(self, root: Apply) -> None:
        """Find all labels, in the order in which they are met."""
        self.labels: dict[str, Standing] = {}
        self.twice: list[str] = []
        """Labels under which two different things are drawn."""
        self.unlabelled: list[Apply] = []
        """What is drawn without a label."""
        self._seen: set[tuple[int, tuple[tuple[str, int], ...]]] = set()
        self._visit(root, ())

    def _visit(self, node: Apply, path: tuple[tuple[str, int], ...]) -> None:
        if (id(node), path) in self._seen:
            return
        self._seen.add((id(node), path))
        if node.name == "hyperopt_param":
            self._label(node, path)
        elif node.name == "switch":
            self._switch(node, path)
        else:
            if node.name in implicit_stochastic_symbols and node not in self.unlabelled:
                self.unlabelled.append(node)
            for one in node.inputs():
                self._visit(one, path)

    def _label(self, node: Apply, path: tuple[tuple[str, int], ...]) -> Standing:
        label = label_of(node)
        standing = self.labels.setdefault(label, Standing(node))
        if standing.node is not node and label not in self.twice:
            self.twice.append(label)
        clause = {choice: frozenset([place]) for choice, place in path}
        if len(clause) == len(path) and clause not in standing.clauses:
            standing.clauses.append(clause)
        return standing

    def _switch(self, node: Apply, path: tuple[tuple[str, int], ...]) -> None:
        """Visit what chooses, and each option where it is chosen; all of them where that is computed."""
        index, *options = node.pos_args
        chosen = uncast(index)
        if chosen.name != "hyperopt_param" or chosen.arg["obj"].name not in NATIVE_CHOICES:
            for one in node.inputs():
                self._visit(one, path)
            return
        standing = self._label(chosen, path)
        standing.options = standing.options or options
        known = dict(path)
        for place, option in enumerate(options):
            if known.get(label_of(chosen), place) == place:
                self._visit(option, tuple({**known, label_of(chosen): place}.items()))


def simplified(clauses: Iterable[Clause], places: Mapping[str, frozenset[int]]) -> list[Clause]:
    """Return clauses of which one holds whenever one of these does, as few as possible.

    Args:
        clauses: Each with all the choices around it.
        places: All places of each choice.
    """
    found = [clause for clause in clauses if all(clause[label] & places[label] for label in clause)]
    merged: Sequence[Clause] = []
    while found != merged:
        merged = list(found)
        for label in dict.fromkeys(label for clause in merged for label in clause):
            found = _merged(found, label, places[label])
    return [one for one in found if not any(other is not one and _implies(one, other) for other in found)]


def _merged(clauses: Sequence[Clause], label: str, places: frozenset[int]) -> list[Clause]:
    """Return clauses in which those that differ in one choice only are one."""
    found: dict[tuple[object, ...], dict[str, frozenset[int]]] = {}
    for clause in clauses:
        rest = {other: drawn for other, drawn in clause.items() if other != label}
        key = (label in clause, frozenset(rest.items()))
        before = found.setdefault(key, dict(clause))
        if label in clause:
            before[label] = before[label] | clause[label]
    return list(
        {
            frozenset(one.items()): one
            for one in (
                {other: drawn for other, drawn in clause.items() if other != label or drawn < places}
                for clause in found.values()
            )
        }.values()
    )


def _implies(one: Clause, other: Clause) -> bool:
    return all(label in one and one[label] <= drawn for label, drawn in other.items())


def without_parents(clauses: Iterable[Clause], standing: Mapping[str, list[Clause]]) -> list[Clause]:
    """Return clauses without what the choices in them need themselves.

    Args:
        clauses: Simplified ones.
        standing: Where each choice stands, simplified.
    """

    def is_implied(clause: Clause, label: str) -> bool:
        own = {label: clause[label]}
        others = (standing[other] for other in clause if other != label)
        return any(all(_implies(one, own) for one in around) for around in others if around)

    return [
        {label: drawn for label, drawn in clause.items() if not is_implied(clause, label)}
        for clause in clauses
    ]
