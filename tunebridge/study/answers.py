"""What a study answers to its open trials: their reports, and their checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from tunebridge.contract.pruner import Pruner
from tunebridge.errors import StoreError
from tunebridge.problem.problem import Problem
from tunebridge.registry.observers import Observers
from tunebridge.stores.recorder import Recorder
from tunebridge.study.barrier import Heard
from tunebridge.study.members import Members
from tunebridge.study.shelf import Shelf
from tunebridge.training.feedback import Feedback
from tunebridge.training.rules import Rule
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.reply import Reply
from tunebridge.trial.report import Report
from tunebridge.trial.said import Said, Written
from tunebridge.trial.state import TrialState


class Answers:
    """Checks what open trials say, keeps it, and decides on them.

    Args:
        problem: What is evaluated.
        pruner: Decides which trials end early.
        adjust: Feedback rules.
        members: The population, if the trials are one.
        shelf: Where checkpoints lie.
        recorder: Keeps reports and checkpoints; None for a study in memory.
        observers: Are told of each report.
    """

    def __init__(
        self,
        problem: Problem,
        pruner: Pruner | None,
        adjust: Sequence[Rule],
        members: Members | None = None,
        *,
        shelf: Shelf,
        recorder: Recorder | None,
        observers: Observers,
    ) -> None:
        """Hold what is needed."""
        self.feedback = Feedback(problem, pruner, adjust, self._reported, members)
        """Decides."""
        self.fault: StoreError | None = None
        """Why a checkpoint is not durable."""
        self._shelf = shelf
        self._recorder = recorder
        self._observers = observers

    def read(self, opened: OpenTrial, said: Said) -> Heard:
        """Return what a trial says, checked; raises ReportError."""
        return said if isinstance(said, Written) else self.feedback.read(opened, said.value, said.step)

    def answer(self, opened: OpenTrial, heard: Heard) -> Reply:
        """Take in what a trial says, and decide on it."""
        return (
            self.written(opened, heard) if isinstance(heard, Written) else self.feedback.decide(opened, heard)
        )

    def written(self, opened: OpenTrial, written: Written) -> Reply:
        """Take in that a checkpoint has closed, and decide on its trial."""
        opened.trial.noted.update(written.notes)
        opened.trial.limits.update(written.limits)
        checkpoint = self._shelf.take(opened, written.step, opened.reports[written.step].value)
        reply = self.feedback.written(opened, checkpoint)
        if self._is_durable(opened, written.step):
            self._shelf.tidy()
        return reply

    def _is_durable(self, opened: OpenTrial, step: int) -> bool:
        """Have the store note a checkpoint; a fault of its ends the study when the trial's turn is over."""
        if self._recorder is None:
            return True
        paused = None if opened.pause is None else opened.pause.step
        try:
            self._recorder.checkpoint(opened.record(TrialState.RUNNING), step, paused)
        except StoreError as fault:
            self.fault = self.fault or fault
        return self.fault is None

    def _reported(self, opened: OpenTrial, report: Report) -> None:
        if self._recorder is not None:
            self._recorder.report(opened.number, report)
        self._observers.notify_of(opened, "tunebridge_trial_reported", report=report)
