"""The best trials of every line on a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

from tunebridge.comparison.cells import Cells
from tunebridge.pages.text import number
from tunebridge.space.natural import to_natural
from tunebridge.space.space import Space

MOST = 60
"""Trials that are shown of all lines together; of many lines a few each, but never less than FEWEST."""

MOST_EACH = 12

FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTrial:
    """One of them."""

    label: str
    """Of its line."""
    seed: int
    """Of its cell."""
    number: int
    """In its cell."""
    loss: float
    """Its value, with the sign that makes lower better."""
    value: str
    """Its value, in the user's sign."""
    params: Mapping[str, Any]
    """Natural ones, by full path."""

    def shown(self, path: str) -> str:
        """Return the value of a parameter as it is shown; empty for one that is not active."""
        value = self.params.get(path, "")
        return number(value) if isinstance(value, float) else str(value)


def how_many(comparison: Cells) -> int:
    """Return how many trials of each line are shown."""
    return min(MOST_EACH, max(FEWEST, MOST // len(comparison.lines)))


def best_trials(comparison: Cells, problem: str) -> list[BestTrial]:
    """Return the best trials of each line over all seeds, the best of all first; equal params count once."""
    space, most = comparison.problems[problem].space, how_many(comparison)
    found: list[BestTrial] = []
    for label in comparison.labels:
        trials = sorted(_trials(comparison, problem, label, space), key=lambda trial: trial.loss)
        distinct = {tuple(trial.params.items()): trial for trial in reversed(trials)}
        found += sorted(distinct.values(), key=lambda trial: (trial.loss, trial.seed, trial.number))[:most]
    return sorted(found, key=lambda trial: trial.loss)


def _trials(comparison: Cells, problem: str, label: str, space: Space) -> Iterator[BestTrial]:
    for cell in comparison.cells_of(problem, label):
        for record, loss in zip(cell.records, cell.losses, strict=True):
            if not isnan(loss):
                yield BestTrial(
                    label=label,
                    seed=cell.seed,
                    number=record.number,
                    loss=loss,
                    value=number(record.value, 5),
                    params=to_natural(space, record.params),
                )
