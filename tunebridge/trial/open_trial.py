"""A trial that has not ended yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.checkpoints import Checkpoints
from tunebridge.trial.kept_checkpoints import KeptCheckpoints
from tunebridge.trial.limit import Limited
from tunebridge.trial.lineage import Copy
from tunebridge.trial.origin import Origin
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Change, Report
from tunebridge.trial.reports import Reports
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial
from tunebridge.trial.turn import Turn


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
    kept: KeptCheckpoints | None = None
    """What is kept of its checkpoints, for its record."""
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    """What it has written."""
    resumed: Checkpoint | None = None
    """What its next turn begins with; None if it has written nothing."""
    pause: Report | None = None
    """The report at which its pruner has paused it: its turn is over with the next checkpoint."""
    turn: Turn | None = None
    """Its last turn in a batch; None where trials take none."""
    seconds: float = 0.0
    """Time that its objective ran in turns that are over."""
    device: str | None = None
    """Where its last turn ran, if trials are given devices."""
    copied: int | None = None
    """Whose value it has, of its study, if it was not evaluated."""
    started: datetime = field(init=False, repr=False)
    """When it began, in UTC."""
    begun: float = field(init=False, repr=False)
    """When it was ready to be evaluated, by the clock of `perf_counter`."""

    @property
    def number(self) -> int:
        """Its place in the study, from 0."""
        return self.trial.number

    @property
    def changed(self) -> dict[str, Any]:
        """The params that have changed while it trained, as they are now; a donor's own come in its files."""
        names = [entry.name for entry in self.schedule if isinstance(entry, Change)]
        return {name: self.trial[name] for name in names if name in self.trial}

    @property
    def lacks_checkpoint(self) -> bool:
        """Whether it is to wait at a checkpoint, and has written none."""
        return self.pause is not None and self.checkpoints.last is None

    def begin(self, started: datetime, *, asked_seconds: float) -> None:
        """Note when it begins, and how long asking for it took."""
        self.started, self.asked_seconds = started, asked_seconds

    def come_back(
        self,
        *,
        kept: Mapping[str, Any],
        noted: Mapping[str, Any],
        limits: Mapping[str, Limited],
        seconds: float,
        device: str | None,
    ) -> None:
        """Take in what a turn has left, which may have had a copy of the trial in another process.

        Args:
            kept: What was kept there.
            noted: What was noted there.
            limits: What was limited there.
            seconds: Time that its objective ran.
            device: Where; None if nobody knows.
        """
        self.trial.kept.update(kept)
        self.trial.noted.update(noted)
        self.trial.limits.update(limits)
        self.seconds += seconds
        self.device = device or self.device

    def go_on(self) -> None:
        """Get ready for another turn, with what it is resumed from."""
        if self.resumed is None:
            raise RuntimeError(f"trial {self.number} has no checkpoint to go on from")
        self.trial = self.trial.again(self.resumed, {**self.trial.params, **self.resumed.changed})
        self.reports.go_on(self.resumed.step)
        self.pause = None

    def take_over(self, left: Checkpoint, record: TrialRecord) -> None:
        """Go on where the attempt before has left off, with what it had been through by then.

        Args:
            left: Its last checkpoint.
            record: What is known of it; what came after the checkpoint is dropped.
        """
        for report in record.reports:
            if report.step <= left.step:
                self.reports.take(report)
        self.faults = [fault for fault in record.faults if self._is_of_a_report(fault)]
        self.schedule = [entry for entry in record.schedule if entry.step <= left.step]
        for entry in self.schedule:
            if isinstance(entry, Copy):
                self.trial.clear()
            self.trial.update(entry.params if isinstance(entry, Copy) else {entry.name: entry.value})
        self.trial.noted.update(record.notes)
        self.trial.limits.update(record.limits)
        self.device = record.device
        self.resumed = replace(left, changed=self.changed)
        self.go_on()

    def _is_of_a_report(self, fault: str) -> bool:
        return any(fault.startswith(f"step {report.step}:") for report in self.reports)

    def copy(self) -> Trial:
        """Return the trial for who evaluates it: the same to its study, with a dict of its own."""
        return self.trial.__copy__()

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
            number=self.trial.number,
            attempt=self.origin.attempt,
            state=state,
            params=self.params,
            values=values,
            backend=self.origin.backend,
            member=self.origin.by,
            decided=self.origin.decided,
            reports=tuple(self.reports),
            schedule=tuple(self.schedule),
            faults=tuple(self.faults),
            checkpoints=self.kept,
            artifacts=dict(self.trial.kept),
            notes=dict(self.trial.noted),
            limits=dict(self.trial.limits),
            device=self.device,
            copied=self.copied,
            told=told,
            error=error,
            seed=self.trial.seed,
            started=self.started,
            finished=finished,
            sampler_seconds=sampler_seconds,
            objective_seconds=objective_seconds,
        )
