"""What each tracker does for the observer that all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tunebridge import Report, StudyView, Trial, TrialRecord


@dataclass(slots=True, kw_only=True)
class Run:
    """A tracker's run of a trial."""

    id: str
    """What the tracker knows it by."""
    number: int
    """Number of the trial."""
    attempt: int
    """The last attempt at it that has trained in this run."""
    is_open: bool = True
    """Whether the tracker shows it as running."""


class Tracker(Protocol):
    """Keeps the runs of one study, whose run holds those of its trials.

    Names and values come as users wrote them. All methods are called in the study's own process and thread.
    """

    name: str
    """The observer's name, and that of the run's id among `trial.links`."""

    def open(self, study: StudyView) -> Sequence[Run]:
        """Open the store, begin the study's run or go on in it, and return the runs of its trials."""

    def begin(self, trial: Trial) -> str:
        """Begin the run of an attempt, with its params, and return its id."""

    def go_on(self, run: Run, trial: Trial) -> None:
        """Let a run that has ended go on: a trial goes on from a checkpoint."""

    def report(self, run: Run, report: Report) -> None:
        """Draw a report."""

    def change(self, run: Run, step: int, params: Mapping[str, object]) -> None:
        """Draw params that changed after a step."""

    def end(self, run: Run, record: TrialRecord | None) -> None:
        """End a run as its trial has, with all that it lacks.

        Args:
            run: The run.
            record: Of the trial; None for an attempt of which nothing is known but that it was cut short.
        """

    def close(self, study: StudyView) -> None:
        """End the study's run, and give everything up."""

    def abandon(self) -> None:
        """Give everything up; what is open is ended when the study is opened again."""
