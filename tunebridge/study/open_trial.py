"""A trial between its begin and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tunebridge.study.queue import Start
from tunebridge.training.feedback import Course
from tunebridge.trial.trial import Trial, TrialRecord, TrialState


@dataclass(frozen=True, slots=True)
class OpenTrial:
    """A trial that was asked for and not yet told."""

    trial: Trial
    """What its objective receives."""
    start: Start
    """What it began with."""
    started: datetime
    """When that was, in UTC."""
    asked_seconds: float
    """Time that asking took."""
    begun: float
    """When it was ready to be evaluated, by the clock of `perf_counter`."""
    course: Course
    """What has happened in it."""

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
            number=self.start.number,
            attempt=self.start.origin.attempt,
            state=state,
            params=self.start.params,
            values=values,
            backend=self.start.origin.backend,
            reports=tuple(self.course.reports),
            schedule=tuple(self.course.schedule),
            faults=tuple(self.course.faults),
            artifacts=self.trial.kept,
            notes=self.trial.noted,
            told=told,
            error=error,
            seed=self.trial.seed,
            started=self.started,
            finished=finished,
            sampler_seconds=sampler_seconds,
            objective_seconds=objective_seconds,
        )
