"""The time of a study, without the pauses between its calls."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from tunebridge.trial.record import TrialRecord


class Busy:
    """Seconds in which at least one trial was running.

    Args:
        trials: Those of the study.
    """

    def __init__(self, trials: Sequence[TrialRecord]) -> None:
        """Join the times of the trials where they overlap."""
        self._spans: list[tuple[datetime, datetime]] = []
        self._before: list[float] = []
        seconds = 0.0
        times = ((trial.started, trial.finished) for trial in trials if trial.finished is not None)
        for start, end in sorted((start, max(start, end)) for start, end in times if end is not None):
            if self._spans and start <= self._spans[-1][1]:
                first, last = self._spans[-1]
                self._spans[-1] = (first, max(last, end))
            else:
                self._spans.append((start, end))
        for start, end in self._spans:
            self._before.append(seconds)
            seconds += (end - start).total_seconds()
        self.total = seconds
        """All of them."""

    def until(self, moment: datetime) -> float:
        """Return the seconds up to a moment."""
        place = bisect_right([start for start, _ in self._spans], moment) - 1
        if place < 0:
            return 0.0
        start, end = self._spans[place]
        return self._before[place] + (min(moment, end) - start).total_seconds()
