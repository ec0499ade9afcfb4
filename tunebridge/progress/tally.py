"""What is known of a study while it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial

if TYPE_CHECKING:
    from tunebridge.registry.study_view import StudyView


MOST_COPIES = 8
"""Copies of a population that are remembered, the newest."""


@dataclass(frozen=True, slots=True)
class Running:
    """A trial that is being evaluated."""

    number: int
    """Place in the study, from 0."""
    begun: float
    """When it began, by the tally's clock, in seconds."""
    reports: list[Report] = field(default_factory=list)
    """Its reports, as they were told. Only ever appended to: another thread draws them."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Who copied whom."""

    member: int
    """Number of the trial that went on from a copy."""
    donor: int
    """Number of the trial whose checkpoint it took."""
    step: int
    """The step of that checkpoint."""


class Tally:
    """Counts, times and the best trial of one study: of trials from before, and of other processes, too.

    Args:
        study: A study that has just started.
        now: Returns seconds that only rise.
    """

    def __init__(self, study: StudyView, now: Callable[[], float] = monotonic) -> None:
        """Begin with the trials that are there."""
        self.budget = study.budget
        self.directions = study.problem.directions
        # All states from the start, because another thread walks through them.
        self.counts = Counter({state: 0 for state in TrialState if state.is_finished})
        self.best: tuple[float, ...] = ()
        self.best_trial: TrialRecord | None = None
        self.sampler_seconds = self.objective_seconds = 0.0
        self.latest: Running | None = None
        self.n_copies = 0
        self.copies: tuple[Copied, ...] = ()
        self.stop_reason: str | None = None
        self.n_heard = 0
        """Trials that other processes have run since this one began."""
        self._running: dict[int, Running] = {}
        self._interrupted: set[int] = set()
        self._now = now
        self._begun = self._last_end = now()
        self._ended: float | None = None
        for record in study.result.trials:
            if record.state.is_finished:
                self._count(record)
        self.earlier = self.done
        self.title = f"{study.name} on {study.backend}" + (
            f" after {self.earlier} trials" if self.earlier else ""
        )

    @property
    def done(self) -> int:
        """Number of trials that have ended; one that was interrupted has not."""
        return self.counts.total() - self.counts[TrialState.INTERRUPTED]

    @property
    def elapsed(self) -> float:
        """Seconds since the study began; still once it has ended."""
        return (self._now() if self._ended is None else self._ended) - self._begun

    @property
    def fraction(self) -> float | None:
        """How much of the budget is spent, 0 to 1, by the limit that is nearest; None when nothing limits."""
        budget, spent = self.budget, []
        if budget.n_trials is not None:
            spent.append(self.done / budget.n_trials)
        if budget.max_seconds is not None:
            spent.append(self.elapsed / budget.max_seconds)
        return min(1.0, max(spent)) if spent else None

    @property
    def remaining(self) -> float | None:
        """Seconds until the first limit of the budget is reached, at the mean pace of the trials so far.

        None when nothing limits the study, or no trial has ended from which to tell.
        """
        budget, done = self.budget, self.done - self.earlier
        left = [] if budget.max_seconds is None else [budget.max_seconds - self.elapsed]
        if budget.n_trials is not None and done:
            whole = (self._last_end - self._begun) / done * (budget.n_trials - self.done)
            left.append(whole - (self._begun + self.elapsed - self._last_end))
        return max(0.0, min(left)) if left else None

    @property
    def sampler_share(self) -> float:
        """The sampler's share of the time that sampler and objective took together, 0 to 1."""
        total = self.sampler_seconds + self.objective_seconds
        return self.sampler_seconds / total if total > 0 else 0.0

    def running_seconds(self, trial: Running) -> float:
        """Return how long a trial has been running."""
        return self._begun + self.elapsed - trial.begun

    def start(self, trial: Trial) -> None:
        """Take in a trial that begins, or begins again."""
        self._go_on(trial.number)
        self.latest = self._running[trial.number] = Running(trial.number, self._now())

    def report(self, trial: Trial, report: Report) -> None:
        """Take in a report; its trial becomes the latest."""
        running = self._running[trial.number]
        running.reports.append(report)
        self.latest = running

    def copy(self, trial: Trial, copied: Copy) -> None:
        """Take in a copy: the newest come first, and the oldest are forgotten."""
        newest = Copied(member=trial.number, donor=copied.donor, step=copied.donor_step)
        self.n_copies += 1
        self.copies = (newest, *self.copies[: MOST_COPIES - 1])  # anew, as another thread draws them

    def finish(self, record: TrialRecord) -> None:
        """Take in a trial that has ended."""
        self._count(record)
        self._last_end = self._now()
        ended = self._running.pop(record.number, None)
        if self.latest is ended:
            self.latest = next(reversed(self._running.values()), None)

    def hear(self, record: TrialRecord) -> None:
        """Take in a trial of another process that has ended."""
        self._go_on(record.number)
        self.n_heard += 1
        self._count(record)
        self._last_end = self._now()

    def end(self, reason: str) -> None:
        """Stop the clock; the first reason stays."""
        if self._ended is None:
            self._ended, self.stop_reason = self._now(), reason

    def _go_on(self, number: int) -> None:
        """Take back that a trial was interrupted, if it was."""
        if number in self._interrupted:
            self._interrupted.remove(number)
            self.counts[TrialState.INTERRUPTED] -= 1

    def _count(self, record: TrialRecord) -> None:
        self.counts[record.state] += 1
        if record.state is TrialState.INTERRUPTED:
            self._interrupted.add(record.number)
        self.sampler_seconds += record.sampler_seconds
        self.objective_seconds += record.objective_seconds
        if record.values is None or not record.is_eligible:
            return
        before = self.best or record.values
        columns = zip(self.directions, before, record.values, strict=True)
        best = tuple(min(old, new, key=lambda v: d.sign * v) for d, old, new in columns)
        if best != self.best:
            self.best, self.best_trial = best, record
