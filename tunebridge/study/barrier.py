"""Reports of trials that run side by side, held back until they can be judged in one order."""

from __future__ import annotations

from collections.abc import Iterable

from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.report import Report

Held = tuple[OpenTrial, Report, int]
"""A trial, its report, and the key of its attempt."""


class Barrier:
    """Holds the report of each trial until all that run have reported or ended."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: dict[int, Held] = {}

    def hold(self, opened: OpenTrial, report: Report, key: int) -> None:
        """Keep a trial's report, with the key of its attempt."""
        self._held[opened.number] = opened, report, key

    def release(self) -> Iterable[Held]:
        """Take out the reports of the lowest step, by number."""
        lowest = min((report.step for _, report, _ in self._held.values()), default=0)
        numbers = sorted(number for number, (_, report, _) in self._held.items() if report.step == lowest)
        return [self._held.pop(number) for number in numbers]
