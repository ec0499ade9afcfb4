"""One member of a population: an open trial, and where it stood at the end of its newest interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.population.explorer import Interval
from tunebridge.population.selection import Standing
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.lineage import Stretch, lineage_of
from tunebridge.trial.open_trial import OpenTrial


@dataclass(slots=True, eq=False)
class Member:
    """A trial of a population that has begun, and has not ended."""

    opened: OpenTrial
    """The trial."""
    params: Mapping[str, Any]
    """What it had at the end of its newest interval, or began with."""
    n_intervals: int = 0
    """How many intervals its model has been through."""
    standing: Standing | None = None
    """Where it stood then; None before."""
    checkpoint: Checkpoint | None = None
    """What it wrote then."""
    lineage: tuple[Stretch, ...] = ()
    """What its model had been through then."""
    before: float | None = None
    """The value that its model began the interval with."""
    first: int = 0
    """The first step of the interval."""
    began: Mapping[str, Any] = field(default_factory=dict)
    """The params that the interval began with."""
    gained: Interval | None = None
    """What that interval gained, if the explorer has not been told yet."""
    waits: bool = False
    """Whether its turn is over."""

    @classmethod
    def of(cls, opened: OpenTrial) -> Member:
        """Return the member that a trial becomes as it begins."""
        return cls(opened, opened.trial.params, began=opened.trial.params)

    @property
    def number(self) -> int:
        """Number of the trial."""
        return self.opened.number

    def arrive(self, checkpoint: Checkpoint, value: float, n_intervals: int) -> Interval:
        """Take in that an interval is over, and return what it gained."""
        opened = self.opened
        self.params = opened.trial.params
        self.n_intervals, self.checkpoint = n_intervals, checkpoint
        self.standing = Standing(member=self.number, step=checkpoint.step, value=value)
        self.lineage = lineage_of(
            self.number, opened.trial.seed, opened.params, opened.schedule, checkpoint.step
        )
        gained = Interval(
            member=self.number,
            first=self.first,
            last=checkpoint.step,
            params=self.began,
            before=self.before,
            after=value,
        )
        self.go_on(value, checkpoint.step, self.params)
        return gained

    def go_on(self, value: float | None, step: int, params: Mapping[str, Any]) -> None:
        """Begin the next interval with a model of this value, step and params."""
        self.before, self.first, self.began = value, step + 1, params
