"""The plan of a confirmation: which finalists meet which seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunebridge.confirmation.finalist import Finalist
from tunebridge.problem.problem import Problem
from tunebridge.space.choices import Categorical, Ordinal
from tunebridge.space.natural import to_natural
from tunebridge.space.space import Space

FINALIST, SEED = "finalist", "seed"
"""The names of the params of a repeat."""


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

    @property
    def space(self) -> Space:
        """The repeats as a space: a confirmation is a study of them."""
        return Space(
            {
                FINALIST: Categorical({one.key: one.key for one in self.finalists}),
                SEED: Ordinal(list(self.seeds)),
            }
        )

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
        return {one.key: one.params for one in self.finalists}
