"""A trial that has not ended yet."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tunebridge.trial.lineage import Copy
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Change
from tunebridge.trial.reports import Reports
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial


@dataclass(slots=True, eq=False)
class OpenTrial:
    """A trial from when it is due until it ends."""

    trial: Trial
    """The study's own: its params are as they are now, whatever the objective does to its copy."""
    params: Mapping[str, Any]
    """The flat params that it begins with."""
    origin: Origin
    """Who proposed them."""
    suggestion_id: int | None = None
    """The session's number for them; None if it did not propose them."""
    reports: Reports = field(default_factory=Reports)
    """Its intermediate values."""
    schedule: list[Change | Copy] = field(default_factory=list)
    """What changed while it trained, and the checkpoints it went on from, in order."""
    faults: list[str] = field(default_factory=list)
    """Rules that raised."""
    is_stopped: bool = False
    """Whether it was told to stop."""
    asked_seconds: float = 0.0
    """Time that asking took."""
    started: datetime = field(init=False, repr=False)
    """When it began, in UTC."""
    begun: float = field(init=False, repr=False)
    """When it was ready to be evaluated, by the clock of `perf_counter`."""

    @property
    def number(self) -> int:
        """Its place in the study, from 0."""
        return self.trial.number

    def begin(self, started: datetime, *, asked_seconds: float) -> None:
        """Note when it begins, and how long asking for it took."""
        self.started, self.asked_seconds = started, asked_seconds

    def copy(self) -> Trial:
        """Return the trial for who evaluates it: the same to its study, with a dict of its own."""
        return copy(self.trial)

    def record(
        self,
        state: TrialState,
        *,
        told: str = "",
        values: tuple[float, ...] | None = None,
        error: str | None = None,
        finished: datetime | None = None,
        sampler_seconds: float = 0.0,
        objective_seconds: float = 0.0,
    ) -> TrialRecord:
        """Return what is kept of it, as far as it has come."""
        return TrialRecord(
            number=self.number,
            attempt=self.origin.attempt,
            state=state,
            params=self.params,
            values=values,
            backend=self.origin.backend,
            reports=tuple(self.reports),
            schedule=tuple(self.schedule),
            faults=tuple(self.faults),
            artifacts=dict(self.trial.kept),
            notes=dict(self.trial.noted),
            told=told,
            error=error,
            seed=self.trial.seed,
            started=self.started,
            finished=finished,
            sampler_seconds=sampler_seconds,
            objective_seconds=objective_seconds,
        )
