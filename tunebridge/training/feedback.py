"""What a study does about a report: prune the trial, or change its params."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tunebridge.contract.pruner import Pruner
from tunebridge.display.brief import brief
from tunebridge.display.printable import logger_of
from tunebridge.errors import ReportError
from tunebridge.problem.problem import Problem
from tunebridge.training.changes import resolve
from tunebridge.training.rules import Rule
from tunebridge.training.training import Training
from tunebridge.trial.checkpoint import Checkpoint
from tunebridge.trial.open_trial import OpenTrial
from tunebridge.trial.reply import Decision, Reply
from tunebridge.trial.report import Change, Report
from tunebridge.trial.state import TrialState

logger = logger_of(__name__)

WRITE_CHECKPOINTS = "write one after each report: with trial.checkpoint() as folder: ...; or leave resume out"
"""What to do about an objective that a pruner cannot pause."""


class Judge(Protocol):
    """What a population does about its members that train."""

    def is_overdue(self, opened: OpenTrial) -> bool:
        """Return whether a trial that reports again has left out a checkpoint, so that it is to end."""

    def expects(self, opened: OpenTrial) -> bool:
        """Return whether it waits for a checkpoint of the report of a trial."""

    def written(self, opened: OpenTrial, checkpoint: Checkpoint) -> Reply:
        """Decide on a trial as its checkpoint has closed."""


class Feedback:
    """Answers the reports of all trials of one study.

    Args:
        problem: What is optimised.
        pruner: Decides which trials end; None ends none.
        rules: Called after each report that does not end its trial, in order; later ones see what earlier
            ones changed.
        notify: Called with each trial and report, before anything is decided.
        population: Decides which trials copy others; None for no population.
    """

    def __init__(
        self,
        problem: Problem,
        pruner: Pruner | None,
        rules: Sequence[Rule],
        notify: Callable[[OpenTrial, Report], None] = lambda opened, report: None,
        population: Judge | None = None,
    ) -> None:
        """Hold the judges."""
        self._problem = problem
        self._pruner = pruner
        self._rules = rules
        self._notify = notify
        self._population = population
        self._names = frozenset(node.name for node in problem.space.nodes)
        self._has_warned = False
        self._has_dropped = False

    def read(self, opened: OpenTrial, value: Any, step: int | None) -> Report:
        """Return a report of a trial, checked.

        Raises:
            ReportError: It breaks a rule.
        """
        highest = opened.reports.highest
        report = self._problem.read_report(value, step, highest)
        if (self._rules or opened.checkpoints.last) and report.step <= highest:
            why, instead = (
                ("rules change params", "adjust=[...]")
                if self._rules
                else ("checkpoints are written", "them")
            )
            raise ReportError(
                f"where {why}, steps must rise, got {report.step} after {highest}",
                hint=f"report each step once, in order; without {instead} they may come in any order",
            )
        return report

    def decide(self, opened: OpenTrial, report: Report) -> Reply:
        """Take a report in, and decide on its trial; that of a known step is dropped.

        Observers and the pruner see the params that the trial has trained with up to this report, wherever
        its objective runs; what changes now is in the trial when the next one comes.
        """
        if opened.lacks_checkpoint:
            raise ReportError(f"trial {opened.number} was to wait at a checkpoint", hint=WRITE_CHECKPOINTS)
        if self._population is not None and self._population.is_overdue(opened):
            opened.is_stopped = True
            return Reply(Decision.PRUNE)
        if not opened.reports.take(report):
            return self._dropped(opened, report)
        self._notify(opened, report)
        if self._pruner is not None:
            decision = self._pruner.report(opened.trial, report.step, report.value)
            if decision is Decision.PRUNE:
                opened.is_stopped = True
                return Reply(decision)
            if decision is Decision.PAUSE:
                opened.pause = report
        changes = self._changes(opened) if self._rules else {}
        expected = self._population is not None and self._population.expects(opened)
        return Reply(Decision.CONTINUE, changes, checkpoint=expected or opened.pause is not None)

    def written(self, opened: OpenTrial, checkpoint: Checkpoint) -> Reply:
        """Decide on a trial as its checkpoint has closed."""
        if self._population is not None:
            return self._population.written(opened, checkpoint)
        return Reply(Decision.CONTINUE if opened.pause is None else Decision.PAUSE)

    def _dropped(self, opened: OpenTrial, report: Report) -> Reply:
        """Answer as before, and warn, once in a study, that a step was told twice."""
        if not self._has_dropped:
            self._has_dropped = True
            logger.warning(
                "trial %d has told step %d twice: the first value stands, and %r is dropped, as will be all "
                "that is told of a known step; give each report a step of its own, or leave the step out",
                opened.number,
                report.step,
                report.value,
            )
        return Reply(Decision.PRUNE if opened.is_stopped else Decision.CONTINUE)

    def check_obeyed(self, opened: OpenTrial, state: TrialState) -> None:
        """Warn, once in a study, of a trial that was told to stop and has gone on to its end."""
        if opened.is_stopped and state is TrialState.COMPLETE and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "trial %d was told to stop, and has returned a value all the same: something has caught the "
                "TrialPruned that trial.report raised; let it through, or use report(..., raises=False)",
                opened.number,
            )

    def _changes(self, opened: OpenTrial) -> dict[str, Any]:
        """Ask every rule; one that raises, or asks for what the space has not, is a fault of its own."""
        changed: dict[str, Any] = {}
        reports = tuple(opened.reports)
        for rule in self._rules:
            training = Training(
                number=opened.number,
                params=opened.trial.params,
                reports=reports,
                schedule=[entry for entry in opened.schedule if isinstance(entry, Change)],
                direction=self._problem.directions[0],
                names=self._names,
            )
            try:
                changes = resolve(self._problem.space, training, rule(training) or {})
            except Exception as error:  # noqa: BLE001  # a rule's fault is recorded, and the trial goes on
                opened.faults.append(f"step {reports[-1].step}: {brief(rule)} raised {brief(error)}")
                continue
            opened.schedule += changes
            new = {change.name: change.value for change in changes}
            opened.trial.update(new)
            changed |= new
        return changed
