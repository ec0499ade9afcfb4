"""Trials whose turn is over, until their pruner lets one of them go on."""

from __future__ import annotations

from collections.abc import Set

from tunebridge.contract.pruner import Pruner
from tunebridge.problem.problem import Direction
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.reply import Decision
from tunebridge.trial.report import Report


class PausedTrials:
    """The trials that a pruner has paused.

    Args:
        pruner: Who has paused them, and is asked again; None pauses none.
        direction: Whether lower or higher reports are better.
    """

    def __init__(self, pruner: Pruner | None, direction: Direction) -> None:
        """Begin with none."""
        self._pruner = pruner
        self._sign = direction.sign
        self._waiting: dict[int, tuple[OpenTrial, Report]] = {}

    @property
    def numbers(self) -> Set[int]:
        """The numbers of those that wait."""
        return self._waiting.keys()

    def add(self, opened: OpenTrial, report: Report) -> None:
        """Let a trial wait.

        Args:
            opened: The trial.
            report: The one that paused it.
        """
        self._waiting[opened.number] = opened, report

    def promote(self) -> OpenTrial | None:
        """Return the trial that goes on, or None: first those that have come furthest, of these the best."""
        for opened, report in self._best_of_each_step():
            if self._may_go_on(opened, report):
                del self._waiting[opened.number]
                return opened
        return None

    def _may_go_on(self, opened: OpenTrial, report: Report) -> bool:
        asked = self._pruner and self._pruner.report(opened.trial, report.step, report.value)
        return asked is Decision.CONTINUE

    def end(self) -> list[OpenTrial]:
        """Return all, by number; none waits any more."""
        ended = [opened for _, (opened, _) in sorted(self._waiting.items())]
        self._waiting.clear()
        return ended

    def _best_of_each_step(self) -> list[tuple[OpenTrial, Report]]:
        """Return the trials to ask about; those behind them at a step could not go on if these cannot."""
        best: dict[int, tuple[OpenTrial, Report]] = {}
        for opened, report in sorted(self._waiting.values(), key=self._rank):
            best.setdefault(report.step, (opened, report))
        return list(best.values())

    def _rank(self, waiting: tuple[OpenTrial, Report]) -> tuple[int, float, int]:
        opened, report = waiting
        return -report.step, self._sign * report.value, opened.number
