"""The batches of a study in a fixed order: trials that begin together, and all end before others begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from math import inf

from tunebridge.contract.pruner import Pruner
from tunebridge.stores.timeline import Timeline
from tunebridge.study.barrier import Heard, place_of
from tunebridge.study.cut_batch import CutBatch
from tunebridge.study.finished import FinishedTrials
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.report import Report
from tunebridge.trial.trial import Trial
from tunebridge.trial.turn import Turn


class Batches:
    """Numbers batches, and goes on with one that was cut short when its study was killed.

    The trials of that one train side by side again, and nothing new begins before all have ended. What they
    keep of their reports is told to the pruner when it would be, had the study not been killed: so it judges
    the same reports in the same order. Those that had ended count as ended when the others do.

    Args:
        pruner: The study's pruner.
        finished: Learns from trials that are over.
    """

    def __init__(self, pruner: Pruner | None, finished: FinishedTrials) -> None:
        """Begin with no batch."""
        self._pruner = pruner
        self._finished = finished
        self._size = 0
        self._number = 0
        self._running: set[int] = set()
        self._cut: CutBatch | None = None

    def remember(self, past: Timeline, again: Sequence[OpenTrial]) -> None:
        """Take in what the study has been through, and the attempts that are made again.

        All are told to the pruner but for what belongs to a batch that is cut short.
        """
        turns = [one.turn for one in past.attempts if one.turn is not None]
        self._number = max((turn.batch for turn in turns), default=-1)
        cut = CutBatch.of(self._number, past, again)
        for record in past.finished:
            trial = Trial(record.params, number=record.number, seed=record.seed)
            reports = record.reports if record.excluded is None else ()
            self._tell(trial, cut.before(trial, reports))
            if record.number not in cut.ended:
                self._finished.take_in(record)
        for opened in again:
            self._tell(opened.trial, cut.before(opened.trial, opened.reports))
        self._cut = cut if cut.due else None

    def place(self, size: int) -> None:
        """Take in how many trials a batch has; 0 for no batches."""
        self._size = size
        if not size:
            self.settle()

    @property
    def ended(self) -> Set[int]:
        """The numbers of the trials that have ended, and are not counted before the others of their batch."""
        return set() if self._cut is None else self._cut.ended.keys()

    @property
    def is_full(self) -> bool:
        """Whether nothing may begin before the trials of a batch that was cut short have ended."""
        return self._cut is not None and self._cut.is_full(self._size)

    def begin(self, opened: OpenTrial) -> None:
        """Give a trial its turn."""
        if not self._size:
            opened.turn = None
            return
        if self._cut is not None:
            self._cut.begin(opened)
        elif not self._running:
            self._number += 1
        self._running.add(opened.number)
        if opened.turn is None or opened.turn.batch != self._number:
            opened.turn = Turn(self._number, -1 if opened.resumed is None else opened.resumed.step)

    def hear(self, opened: OpenTrial, heard: Heard) -> None:
        """Tell the pruner what comes before something that a trial says now."""
        if self._cut is not None:
            self._catch_up((*place_of(heard), opened.number))

    def end(self, opened: OpenTrial) -> None:
        """Take in that the turn of a trial is over, and so those of all others of its batch."""
        self.settle()
        self._running.discard(opened.number)

    def settle(self) -> None:
        """Tell what is left of a batch that was cut short: its trials have ended."""
        if self._cut is None:
            return
        self._catch_up((inf, True, 0))
        cut, self._cut = self._cut, None
        for _, record in sorted(cut.ended.items()):
            self._finished.take_in(record)

    def _catch_up(self, until: tuple[float, bool, int]) -> None:
        if self._cut is not None:
            for trial, report in self._cut.told(until):
                self._tell(trial, [report])

    def _tell(self, trial: Trial, reports: Iterable[Report]) -> None:
        if self._pruner is not None:
            for report in reports:
                self._pruner.report(trial, report.step, report.value)
