"""The observer that all trackers share: which run an event belongs to, and how each run ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tunebridge import Report, StudyView, Trial, TrialRecord, TrialState, hookimpl
from tunebridge_trackers.tracker import Run, Tracker


@dataclass(slots=True)
class Training:
    """A run whose trial trains."""

    run: Run
    """The run."""
    params: dict[str, Any]
    """The params that the tracker knows of."""
    step: int
    """The step of the last report; -1 before the first."""


class Tracking:
    """Follows one study: one run per trial, ended by the state that the trial has.

    A trial that goes on from a checkpoint goes on in its run; one that begins anew has a second run. Runs
    that were open when a study was killed are ended when it is opened again.

    Args:
        tracker: Keeps the runs.
    """

    def __init__(self, tracker: Tracker) -> None:
        """Open nothing."""
        self._tracker = tracker
        self._runs: dict[int, list[Run]] = {}
        self._training: dict[int, Training] = {}

    @hookimpl
    def tunebridge_study_started(self, study: StudyView) -> None:
        """Open the store, and end the runs of trials that are over."""
        with self._given_up_on_failure():
            records = {record.number: record for record in study.result.trials}
            for run in self._tracker.open(study):
                self._runs.setdefault(run.number, []).append(run)
                record = records.get(run.number)
                if run.is_open and record is not None and record.state is not TrialState.RUNNING:
                    self._end(run, record if record.attempt == run.attempt else None)

    @hookimpl
    def tunebridge_trial_started(self, trial: Trial) -> dict[str, str]:
        """Begin a run, or go on in the trial's last one; its id goes with the trial."""
        with self._given_up_on_failure():
            mine = self._runs.setdefault(trial.number, [])
            if trial.resumed_step is not None and mine:
                run = mine[-1]
                run.attempt, run.is_open = trial.attempt, True
                self._tracker.go_on(run, trial)
            else:
                for left in mine:  # by a process that shared the study, and has died
                    if left.is_open:
                        self._end(left, None)
                run = Run(id=self._tracker.begin(trial), number=trial.number, attempt=trial.attempt)
                mine.append(run)
            step = -1 if trial.resumed_step is None else trial.resumed_step
            self._training[trial.number] = Training(run, dict(trial), step)
            return {self._tracker.name: run.id}

    @hookimpl
    def tunebridge_trial_reported(self, trial: Trial, report: Report) -> None:
        """Draw the report, and the params that had changed before it."""
        with self._given_up_on_failure():
            training = self._training.get(trial.number)
            if training is None:
                return
            known, training.params = training.params, dict(trial)
            changed = {name: value for name, value in trial.items() if not _is_same(known, name, value)}
            if changed:
                self._tracker.change(training.run, training.step, changed)
            self._tracker.report(training.run, report)
            training.step = report.step

    @hookimpl
    def tunebridge_trial_finished(self, trial: TrialRecord) -> None:
        """End the trial's run."""
        with self._given_up_on_failure():
            training = self._training.pop(trial.number, None)
            if training is not None:
                self._end(training.run, trial)

    @hookimpl
    def tunebridge_study_finished(self, study: StudyView) -> None:
        """End the study's run."""
        with self._given_up_on_failure():
            self._tracker.close(study)

    def _end(self, run: Run, record: TrialRecord | None) -> None:
        self._tracker.end(run, record)
        run.is_open = False

    @contextmanager
    def _given_up_on_failure(self) -> Iterator[None]:
        """Give up what is open if the tracker fails: the study goes on without it."""
        try:
            yield
        except Exception:
            self._tracker.abandon()
            raise


def _is_same(known: dict[str, Any], name: str, value: Any) -> bool:
    """Return whether a param has its value still; objects of the user's are compared by identity."""
    if name not in known:
        return False
    return known[name] is value or (isinstance(value, str | int | float) and bool(known[name] == value))
