"""A member of a population as a store has it: where it stood at the end of each interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunebridge.population.explorer import Interval
from tunebridge.population.population import Population
from tunebridge.population.selection import Standing
from tunebridge.stores.timeline import Attempt
from tunebridge.trial.lineage import Copy, Stretch, lineage_of
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Change, Report


@dataclass(frozen=True, slots=True)
class PastMember:
    """What is known of one member."""

    attempt: Attempt
    """The last attempt that wrote a checkpoint, or the last one of all."""
    population: Population
    """What the user says of the population."""
    arrivals: Mapping[int, Report] = field(init=False)
    """Its report at the end of each interval that it has trained to the end, by how many were over then.

    It misses those that a donor had trained, and those between two steps of its own that are far apart.
    """

    def __post_init__(self) -> None:
        """Find the ends of intervals."""
        object.__setattr__(self, "arrivals", dict(_arrivals(self.record, self.population)))

    @property
    def record(self) -> TrialRecord:
        """What is kept of it."""
        return self.attempt.record

    @property
    def n_intervals(self) -> int:
        """At the end of how many intervals it has written a checkpoint."""
        last = self.attempt.checkpoint
        return max(
            (n for n, one in self.arrivals.items() if last is not None and one.step <= last), default=0
        )

    def before(self, n_intervals: int) -> int:
        """Return how many intervals were over at the end before."""
        return max((n for n in self.arrivals if n < n_intervals), default=0)

    def arrival(self, n_intervals: int) -> Report:
        """Return its report at the end of an interval that it has come to."""
        return self.arrivals[min(n for n in self.arrivals if n >= n_intervals)]

    def standing(self, n_intervals: int) -> Standing:
        """Return where it stood."""
        report = self.arrival(n_intervals)
        return Standing(member=self.record.number, step=report.step, value=report.value)

    def copied(self, n_intervals: int) -> list[Change | Copy]:
        """Return the copy that it made there, with what was explored; nothing if it made none."""
        step = self.arrival(n_intervals).step
        there = [entry for entry in self.record.schedule if entry.step == step]
        places = [place for place, entry in enumerate(there) if isinstance(entry, Copy)]
        return there[places[0] :] if places else []

    def until(self, n_intervals: int) -> list[Change | Copy]:
        """Return its schedule up to the end of an interval, without what it copied there."""
        step, copied = self.arrival(n_intervals).step, self.copied(n_intervals)
        until = [entry for entry in self.record.schedule if entry.step <= step]
        return until[: len(until) - len(copied)]

    def lineage(self, n_intervals: int) -> tuple[Stretch, ...]:
        """Return what its model had been through there."""
        record = self.record
        step = self.arrival(n_intervals).step
        return lineage_of(record.number, record.seed, record.params, self.until(n_intervals), step)

    def params(self, n_intervals: int, *, after: bool = False) -> dict[str, Any]:
        """Return its params at the end of an interval, or those with which it went on."""
        copied = self.copied(n_intervals) if after else []
        now = dict(self.record.params)
        for entry in [*self.until(n_intervals), *copied]:
            now = dict(entry.params) if isinstance(entry, Copy) else {**now, entry.name: entry.value}
        return now

    def began(self, n_intervals: int, others: Mapping[int, PastMember]) -> tuple[float | None, int, Any]:
        """Return with which value, after which step and with which params the next interval began.

        Args:
            n_intervals: How many were over.
            others: All members, by number.
        """
        if n_intervals == 0:
            return None, -1, self.record.params
        report, copied = self.arrival(n_intervals), self.copied(n_intervals)
        params = self.params(n_intervals, after=True)
        if copied and isinstance(copied[0], Copy):
            copy = copied[0]
            return others[copy.donor].value_at(copy.donor_step), copy.donor_step, params
        return report.value, report.step, params

    def value_at(self, step: int) -> float:
        """Return what it reported at a step."""
        return next(one.value for one in self.record.reports if one.step == step)

    def gained(self, n_intervals: int, others: Mapping[int, PastMember]) -> Interval:
        """Return what an interval gained, the first one is 1."""
        value, step, params = self.began(self.before(n_intervals), others)
        report = self.arrival(n_intervals)
        return Interval(
            member=self.record.number,
            first=step + 1,
            last=report.step,
            params=params,
            before=value,
            after=report.value,
        )


def _arrivals(record: TrialRecord, population: Population) -> Iterator[tuple[int, Report]]:
    """Yield how many intervals were over with those reports with which one was, and these reports."""
    over, copies = 0, [entry for entry in record.schedule if isinstance(entry, Copy)]
    for report in sorted(record.reports, key=lambda one: one.step):
        skipped = [population.interval(one.donor_step) for one in copies if one.step < report.step]
        over, now = max([over, *skipped]), population.interval(report.step)
        if now > over:
            yield now, report
            over = now
