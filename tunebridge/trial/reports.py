"""The reports of one trial, in the order in which it told them."""

from __future__ import annotations

from collections.abc import Iterator

from tunebridge.trial.report import Report


class Reports:
    """Keeps each step once, with the value that was told first."""

    def __init__(self) -> None:
        """Begin before the first report."""
        self._told: dict[int, Report] = {}
        self.highest = -1
        """The highest step up to now; -1 before the first report."""

    def take(self, report: Report) -> bool:
        """Take a report in, and return whether its step is new; the report of a known step is dropped."""
        if report.step in self._told:
            return False
        self._told[report.step] = report
        self.highest = max(self.highest, report.step)
        return True

    def go_on(self, step: int) -> None:
        """Let the next report be that of the step after one, from which the trial goes on."""
        self.highest = step

    def __getitem__(self, step: int) -> Report:
        """Return the report of a step."""
        return self._told[step]

    def __contains__(self, step: int) -> bool:
        """Return whether a step was reported."""
        return step in self._told

    def __iter__(self) -> Iterator[Report]:
        """Go through the reports, as they were told."""
        return iter(self._told.values())
