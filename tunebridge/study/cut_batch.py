"""A batch that was under way when its study was killed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from math import inf
from typing import Self

from tunebridge.stores.timeline import Timeline
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report
from tunebridge.trial.trial import Trial


class CutBatch:
    """What there is of the batch: trials that have ended, that wait to be promoted, and that train again.

    Args:
        since: The step of the checkpoint with which the turn of each trial began, by number.
        ended: The records of those that have ended, by number.
        due: The numbers of those that train again.
        is_whole: Whether all of its trials had begun, as far as is known.
    """

    def __init__(
        self, since: Mapping[int, int], ended: Mapping[int, TrialRecord], due: set[int], *, is_whole: bool
    ) -> None:
        """Hold nothing back yet."""
        self.ended = ended
        """The records of those that have ended, by number."""
        self.due = due
        """The numbers of those that train again, and have not begun."""
        self._since = since
        self._members = set(since)
        self._is_whole = is_whole
        self._held: list[tuple[tuple[float, bool, int], Trial, Report]] = []

    @classmethod
    def of(cls, number: int, past: Timeline, again: Sequence[OpenTrial]) -> Self:
        """Return the batch of a number; without trials if none of its own trains again."""
        present = [one for one in again if one.turn is not None and one.turn.batch == number]
        due = {one.number for one in present if one.pause is None}
        over = [one for one in past.attempts if one.turn is not None and one.turn.batch == number]
        ended = {one.record.number: one.record for one in over if one.is_told}
        if not due:
            return cls({}, {}, due, is_whole=True)
        since = {one.record.number: one.turn.since for one in over if one.turn is not None}
        is_whole = len(due) < len(since) or any(
            report.step > since[one.number] for one in present for report in one.reports
        )
        return cls(since, ended, due, is_whole=is_whole)

    def before(self, trial: Trial, reports: Iterable[Report]) -> list[Report]:
        """Return the reports of a trial from before the batch, and hold back those that it has told in it."""
        since, before = self._since.get(trial.number, inf), []
        for report in reports:
            if report.step <= since:
                before.append(report)
            else:
                heappush(self._held, ((report.step, False, trial.number), trial, report))
        return before

    def told(self, until: tuple[float, bool, int]) -> Iterator[tuple[Trial, Report]]:
        """Yield what was held back and comes before a place in the order of what is said."""
        while self._held and self._held[0][0] < until:
            _, trial, report = heappop(self._held)
            yield trial, report

    def begin(self, opened: OpenTrial) -> None:
        """Take in that a trial begins again, or that one begins that had not."""
        self.due.discard(opened.number)
        self._members.add(opened.number)

    def is_full(self, size: int) -> bool:
        """Return whether all of its trials have begun, of as many as a batch has."""
        return not self.due and (self._is_whole or len(self._members) >= size)
