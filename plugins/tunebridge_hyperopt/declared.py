"""The space of what a graph draws: a label of one option is in its branch, one of several has a condition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from tunebridge import Categorical, Space
from tunebridge_hyperopt.choosing import Choice
from tunebridge_hyperopt.drawn import Drawn, Placed, Rounded, Same, Way
from tunebridge_hyperopt.standing import Standing, simplified, without_parents

TOP = ("", 0)
"""The place of what is drawn in any case, or under a condition."""


class Declared:
    """What the labels of a graph are here.

    Args:
        standing: Where each label stands, in the order in which they are met.
        read: What is drawn under it.
    """

    def __init__(self, standing: Mapping[str, Standing], read: Mapping[str, Drawn | Choice]) -> None:
        """Find out where each label is declared."""
        self._read = read
        places = {label: frozenset(one.places) for label, one in read.items() if isinstance(one, Choice)}
        clauses = {label: simplified(one.clauses, places) for label, one in standing.items()}
        self._clauses = {label: without_parents(own, clauses) for label, own in clauses.items()}
        self._inside: dict[tuple[str, int], list[str]] = defaultdict(list)
        for label in read:
            self._inside[self._place(label)].append(label)
        self.ways: dict[str, Way] = {}
        """How values become hyperopt's numbers, by label."""

    @cached_property
    def space(self) -> Space:
        """The space."""
        return self._space(TOP)

    def _place(self, label: str) -> tuple[str, int]:
        """Return the option whose branch a label is in."""
        match [[(choice, [*places]) for choice, places in clause.items()] for clause in self._clauses[label]]:
            case [[(choice, [place])]]:
                return choice, place
            case _:
                return TOP

    def _space(self, place: tuple[str, int]) -> Space:
        return Space({label: self._way(label).parameter for label in self._inside[place]})

    def _way(self, label: str) -> Way:
        if label not in self.ways:
            self.ways[label] = self._made(label)
        return self.ways[label]

    def _made(self, label: str) -> Way:
        one, when = self._read[label], self._when(label)
        if isinstance(one, Choice):
            return Placed(self._categorical(label, one, when), one.places)
        match one.way:
            case Placed(Categorical(labels=labels, values=values), places):
                return Placed(Categorical(dict(zip(labels, values, strict=True)), when=when), places)
            case Same() as way:
                return replace(way, parameter=replace(way.parameter, when=when))
            case Rounded() as way:
                return replace(way, parameter=replace(way.parameter, when=when))

    def _when(self, label: str) -> list[dict[str, list[Any]]] | None:
        """Return the condition of a label that several options share; None for all others."""
        if self._place(label) != TOP or self._clauses[label] == [{}]:
            return None
        return [
            {choice: self._options(choice, places) for choice, places in clause.items()}
            for clause in self._clauses[label]
        ]

    def _options(self, label: str, places: Iterable[int]) -> list[Any]:
        """Return what a trial shows where a choice has drawn one of some places."""
        way = self._way(label)
        return [way.from_native(place) for place in sorted(places)]

    def _categorical(self, label: str, choice: Choice, when: Any) -> Categorical:
        branches = {place: self._space((label, place)) for place in choice.places}
        if not any(map(len, branches.values())):
            options = dict(zip(choice.labels, choice.values, strict=True))
            return Categorical(options, choice.weights, when=when)
        named = zip(choice.names, choice.places, strict=True)
        return Categorical({name: branches[place] for name, place in named}, choice.weights, when=when)
