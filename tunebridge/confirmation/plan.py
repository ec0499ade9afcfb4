"""The plan of a confirmation: which finalists meet which seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.confirmation.finalist import Finalist
from tunebridge.problem.problem import Problem
from tunebridge.space.choices import Categorical, Ordinal
from tunebridge.space.natural import to_natural
from tunebridge.space.space import Space

FINALIST, SEED = "finalist", "seed"
"""The names of the params of a repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the store has of a confirmation from earlier calls: it stays, whatever is asked for now."""

    keys: tuple[str, ...] = ()
    """Of its finalists."""
    seeds: tuple[int, ...] = ()
    """That they may have met."""
    points: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Params of finalists that may have been interrupted, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is to be run."""

    study: str
    """Name of the study of the repeats."""
    of: str
    """Name of the study whose finalists they are."""
    problem: Problem
    """What was tuned."""
    finalists: tuple[Finalist, ...]
    """The best first."""
    seeds: tuple[int, ...]
    """One per repeat of each, in order."""
    kept: Kept = Kept()
    """What there is of earlier calls."""

    @property
    def space(self) -> Space:
        """The repeats as a space, those that are kept first: a confirmation is a study of them.

        It has what the store has, so that no repeat is left behind, and is another one only if there is more.
        """
        keys = dict.fromkeys([*self.kept.keys, *(one.key for one in self.finalists)])
        seeds = dict.fromkeys([*self.kept.seeds, *self.seeds])
        return Space({FINALIST: Categorical({key: key for key in keys}), SEED: Ordinal(list(seeds))})

    @property
    def budget(self) -> int:
        """The most repeats."""
        return len(self.finalists) * len(self.seeds)

    @property
    def notes(self) -> dict[str, Any]:
        """What is kept of it beside its repeats."""
        space = self.problem.space
        return {
            "study": self.of,
            "finalists": [
                {
                    "key": one.key,
                    "number": one.number,
                    "value": one.tuned_value,
                    "params": to_natural(space, one.params),
                }
                for one in self.finalists
            ],
            "seeds": list(self.seeds),
        }

    @property
    def points(self) -> Mapping[str, Mapping[str, Any]]:
        """The params of each finalist, by its key."""
        return {**self.kept.points, **{one.key: one.params for one in self.finalists}}
