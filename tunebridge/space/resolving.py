"""Conditions as they were written, resolved: names to parents, values to natural ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean
from tunebridge.space.clauses import clause, covers
from tunebridge.space.conditions import Clause, Condition, Wanted
from tunebridge.space.entries import Entry, Written
from tunebridge.space.node import is_fixed

AllOf = tuple[Clause, ...]


class Resolver:
    """Resolves the conditions of one space, and collects what is wrong with them.

    A name stands for the param that a trial shows under it. Where several parameters have one name, which
    exclude one another, a clause on it holds if the active one of them fits. A full path stands for one.

    Args:
        entries: All parameters of the space.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Look the parents up by name, else by full path."""
        self._by_key: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_key[entry.name].append(entry)
        for entry in entries:
            if entry.path not in self._by_key:
                self._by_key[entry.path] = [entry]
        self._known: dict[str, list[list[AllOf]]] = {}
        self.faults: list[str] = []
        """What is wrong, each with its place."""
        self.unknown: list[str] = []
        """Which names no parameter has: it may be one of an enclosing space."""

    def condition(self, written: Written) -> Condition:
        """Return a condition in normal form."""
        return Condition(tuple(all_of for several in self.alternatives(written) for all_of in several))

    def alternatives(self, written: Written) -> list[list[AllOf]]:
        """Return what becomes of each alternative: several where a name stands for several parameters."""
        if written.place not in self._known:
            self._known[written.place] = [
                [tuple(all_of) for all_of in product(*self._clauses(written.place, alternative))]
                for alternative in written.when.any_of
            ]
        return self._known[written.place]

    def _clauses(self, place: str, alternative: Iterable[tuple[str, Wanted]]) -> Iterator[list[Clause]]:
        """Yield, for each name, the clauses of which one has to hold."""
        where = f"{place}: when" if place else "when"
        for name, wanted in alternative:
            found, faults = [], []
            for entry in self._by_key.get(name, ()):
                alone = len(self._by_key[entry.name]) == 1
                try:
                    found.append(_said(entry, name, wanted, alone=alone))
                except ValueError as error:
                    faults.append(f"{where} {name}: {error}")
            self.faults += [] if found else faults[:1]
            if name not in self._by_key:
                self.unknown.append(
                    f"{where} {name}: is no parameter of the space. {did_you_mean(name, self._by_key)}"
                )
            yield found


def _said(entry: Entry, name: str, wanted: Wanted, *, alone: bool) -> Clause:
    """Return what a condition says of a parent, which may be alone with its name.

    Where several share a name, the condition may say which of them is there, so one value is enough.

    Raises:
        ValueError: It says nothing, or what the parent cannot be.
    """
    if alone and is_fixed(entry.parameter):
        raise ValueError(f"{brief(entry.parameter)} has one value only, so nothing can depend on it")
    said = clause(entry.path, name, entry.parameter, wanted)
    if not (entry.branch or entry.written) and covers(entry.parameter, said.allowed):
        raise ValueError("allows all of its values, and so says nothing; leave it out")
    return said
