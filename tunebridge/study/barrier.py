"""Reports of trials that run side by side, held back until they can be judged in one order."""

from __future__ import annotations

from collections.abc import Iterable

from tunebridge.trial.report import Report


class Barrier:
    """Holds the report of each trial until all that run have reported or ended."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: dict[int, tuple[Report, int]] = {}

    def hold(self, number: int, report: Report, key: int) -> None:
        """Keep a trial's report, with the key of its attempt."""
        self._held[number] = report, key

    def release(self) -> Iterable[tuple[int, Report, int]]:
        """Take out the reports of the lowest step, by number: number, report and key."""
        lowest = min((report.step for report, _ in self._held.values()), default=0)
        numbers = sorted(number for number, (report, _) in self._held.items() if report.step == lowest)
        return [(number, *self._held.pop(number)) for number in numbers]
