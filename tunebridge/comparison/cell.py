"""A cell of a comparison: what has become of one study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from tunebridge.budget import Budget
from tunebridge.problem.problem import Direction
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.state import TrialState

ENDED = (TrialState.COMPLETE, TrialState.FAILED, TrialState.TIMED_OUT)
"""States of a cell that is not run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One problem, line and seed. Lists over trials go by number, shape (n_trials,)."""

    problem: str
    """Name of the problem."""
    line: str
    """Label of the line."""
    seed: int
    """Its replicate."""
    study: str
    """Name of its study."""
    direction: Direction
    """Of the problem."""
    state: TrialState | None = None
    """COMPLETE, FAILED with what trials it has, INTERRUPTED or RUNNING; None if it has not begun."""
    error: str = ""
    """Why it failed."""
    records: tuple[TrialRecord, ...] = ()
    """Its trials that have ended, within its budget."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The sampler's effective settings."""
    versions: Mapping[str, str | None] = field(default_factory=dict)
    """Versions of Python, tunebridge and the backend's distributions."""
    n_sessions: int = 0
    """Sessions that proposed: more than one if it went on after a kill and could not do so exactly."""

    @property
    def has_ended(self) -> bool:
        """Whether it is not run again."""
        return self.state in ENDED

    @property
    def has_failed(self) -> bool:
        """Whether it ended before its budget did, or without a value."""
        return self.has_ended and self.state is not TrialState.COMPLETE

    @property
    def losses(self) -> list[float]:
        """The value of each trial with the sign that makes lower better; NaN for one that is not eligible."""
        sign = self.direction.sign
        return [
            sign * one.value if one.is_eligible and one.value is not None else math.nan
            for one in self.records
        ]

    @property
    def incumbents(self) -> list[float]:
        """The best value so far after each trial, in the user's sign; NaN before the first."""
        return [value_of(loss, self.direction) for loss in accumulate(self.losses, _better)]

    @property
    def best(self) -> float | None:
        """The best value; None if there is none."""
        last = self.incumbents[-1:]
        return last[0] if last and not math.isnan(last[0]) else None

    @property
    def loss(self) -> float:
        """The best value with the sign that makes lower better; infinity if there is none."""
        return math.inf if self.best is None else self.direction.sign * self.best

    @property
    def elapsed(self) -> list[float]:
        """Seconds of sampler and objective together up to the end of each trial."""
        return list(accumulate(map(_seconds, self.records)))

    @property
    def seconds(self) -> float:
        """Seconds of sampler and objective together."""
        return sum(self.elapsed[-1:])

    @property
    def sampler_seconds(self) -> float:
        """Seconds of the sampler."""
        return sum(record.sampler_seconds for record in self.records)


def value_of(loss: float, direction: Direction) -> float:
    """Return a loss as the user's value."""
    return loss if direction is Direction.MINIMIZE else 0.0 - loss  # a sign would make -0 of 0


def _better(best: float, loss: float) -> float:
    """Return the lower of two losses, either of which may be NaN."""
    return loss if loss < best or math.isnan(best) else best


def seconds_of(records: Iterable[TrialRecord]) -> float:
    """Return how long trials took, those that were interrupted not counted."""
    return sum(_seconds(record) for record in records if record.state.counts)


def within(records: Iterable[TrialRecord], budget: Budget) -> list[TrialRecord]:
    """Return the trials that have ended within a budget: their study may have had a larger one before.

    Args:
        records: By number.
        budget: Seconds are those of sampler and objective; a trial that began within them counts.
    """
    found, elapsed = [], 0.0
    for record in (one for one in records if one.state.counts):
        late = budget.max_seconds is not None and elapsed >= budget.max_seconds
        if late or (budget.n_trials is not None and record.number >= budget.n_trials):
            break
        found.append(record)
        elapsed += _seconds(record)
    return found


def _seconds(record: TrialRecord) -> float:
    """Return the seconds of sampler and objective together."""
    return record.sampler_seconds + record.objective_seconds
