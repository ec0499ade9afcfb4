"""The observer that follows a study."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console, RenderableType

from tunebridge.progress.live import LiveView, redraws
from tunebridge.progress.plain import Lines, line
from tunebridge.progress.redirection import occupied
from tunebridge.progress.screen import Screen
from tunebridge.progress.tally import Tally
from tunebridge.registry.hookspecs import hookimpl
from tunebridge.trial.lineage import Copy
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Report
from tunebridge.trial.trial import Trial

if TYPE_CHECKING:
    from tunebridge.registry.study_view import StudyView


class View(Protocol):
    """Shows a tally that others change."""

    def start(self) -> None:
        """Begin."""

    def update(self) -> None:
        """Take notice that a trial has ended."""

    def stop(self) -> None:
        """End; called once."""


class Progress:
    """Shows how a study goes, drawn in place on a terminal or in a notebook, as sparse plain lines elsewhere.

    Give it to a study as an observer. As a context manager it gives the terminal back even if the study is
    not closed. It follows one study at a time.

    Args:
        console: Where to show it. When left out: stdout if it is a terminal, a notebook, or else lines on
            stderr, so that piped output stays clean.
    """

    def __init__(self, console: Console | None = None) -> None:
        """Show nothing yet."""
        self._given = console
        self._tally: Tally | None = None
        self._view: View | None = None

    def __enter__(self) -> Self:
        """Return the observer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop showing."""
        self.stop()

    def stop(self) -> None:
        """Stop showing, and give the terminal back; twice does nothing."""
        view, self._view = self._view, None
        if view is not None and self._tally is not None:
            self._tally.end("")
            view.stop()

    @hookimpl
    def tunebridge_study_started(self, study: StudyView) -> None:
        """Begin to show."""
        self.stop()
        self._tally = Tally(study)
        self._view = self._view_of(self._tally)
        self._view.start()

    @hookimpl
    def tunebridge_trial_started(self, trial: Trial) -> None:
        """Note the trial."""
        if self._tally is not None:
            self._tally.start(trial)

    @hookimpl
    def tunebridge_trial_reported(self, trial: Trial, report: Report) -> None:
        """Note the report."""
        if self._tally is not None:
            self._tally.report(trial, report)

    @hookimpl
    def tunebridge_trial_copied(self, trial: Trial, copied: Copy) -> None:
        """Note who copied whom."""
        if self._tally is not None:
            self._tally.copy(trial, copied)

    @hookimpl
    def tunebridge_trial_finished(self, trial: TrialRecord) -> None:
        """Count the trial."""
        if self._tally is not None and self._view is not None:
            self._tally.finish(trial)
            self._view.update()

    @hookimpl
    def tunebridge_trial_heard(self, trial: TrialRecord) -> None:
        """Count a trial of another process."""
        if self._tally is not None and self._view is not None:
            self._tally.hear(trial)
            self._view.update()

    @hookimpl
    def tunebridge_study_finished(self, study: StudyView) -> None:
        """Show the end."""
        if self._tally is not None:
            self._tally.end(study.result.stop_reason)
        self.stop()

    def screen(self, tally: Tally) -> RenderableType:
        """Return what is drawn in place."""
        return Screen(tally)

    def words(self, tally: Tally) -> str:
        """Return what is printed elsewhere: one line."""
        return line(tally)

    def _view_of(self, tally: Tally) -> View:
        """Return the view that fits; inside another live view, lines."""
        # Bound to today's stdout: an objective that captures its own must not capture the view.
        console = self._given or Console(file=sys.stdout)
        if redraws(console) and not occupied():
            return LiveView(console, self.screen(tally))
        return Lines(self._given or Console(stderr=True), tally, self.words)
