"""What a study does about a report: prune the trial, or change its params."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunebridge.contract.contract import Pruner
from tunebridge.display.printable import logger_of
from tunebridge.problem.problem import Problem
from tunebridge.training.rules import Rule, Training, resolve
from tunebridge.trial.report import Change, Decision, Reply, Report
from tunebridge.trial.trial import Trial, TrialState

logger = logger_of(__name__)


@dataclass(slots=True)
class Course:
    """What has happened in a trial since it began."""

    params: dict[str, Any]
    """The params as they are now; what the objective does to its own copy does not count."""
    reports: list[Report] = field(default_factory=list)
    """Its intermediate values, by step."""
    schedule: list[Change] = field(default_factory=list)
    """The params that feedback changed, by step."""
    faults: list[str] = field(default_factory=list)
    """Rules that raised."""
    is_stopped: bool = False
    """Whether the trial was told to stop."""


class Feedback:
    """Answers the reports of all trials of one study.

    Args:
        problem: What is optimised.
        pruner: Decides which trials end; None ends none.
        rules: Called after each report that does not end its trial, in order; later ones see what earlier
            ones changed.
        notify: Called with each trial and report, before anything is decided.
    """

    def __init__(
        self,
        problem: Problem,
        pruner: Pruner | None,
        rules: Sequence[Rule],
        notify: Callable[[Trial, Report], None] = lambda trial, report: None,
    ) -> None:
        """Hold the judges."""
        self._problem = problem
        self._pruner = pruner
        self._rules = rules
        self._notify = notify
        self._names = frozenset(node.name for node in problem.space.nodes)
        self._has_warned = False

    def read(self, course: Course, value: Any, step: int | None) -> Report:
        """Return a report of a trial, checked.

        Raises:
            ReportError: It breaks a rule.
        """
        return self._problem.read_report(value, step, course.reports[-1].step if course.reports else -1)

    def decide(self, trial: Trial, course: Course, report: Report) -> Reply:
        """Take a report into a trial's course, and decide on it.

        Observers and the pruner see the params that the trial has trained with up to this report, wherever
        its objective runs; what changes now is in `trial` when the next one comes.
        """
        course.reports.append(report)
        self._notify(trial, report)
        if self._pruner is not None:
            decision = self._pruner.report(trial, report.step, report.value)
            if decision is Decision.PRUNE:
                course.is_stopped = True
                return Reply(decision)
        changes = self._changes(trial.number, course) if self._rules else {}
        trial.update(changes)
        return Reply(Decision.CONTINUE, changes)

    def check_obeyed(self, number: int, course: Course, state: TrialState) -> None:
        """Warn, once in a study, of a trial that was told to stop and has gone on to its end."""
        if course.is_stopped and state is TrialState.COMPLETE and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "trial %d was told to stop, and has returned a value all the same: something has caught the "
                "TrialPruned that trial.report raised; let it through, or use report(..., raises=False)",
                number,
            )

    def _changes(self, number: int, course: Course) -> dict[str, Any]:
        """Ask every rule; one that raises, or asks for what the space has not, is a fault of its own."""
        changed: dict[str, Any] = {}
        for rule in self._rules:
            training = Training(
                number=number,
                params=dict(course.params),
                reports=tuple(course.reports),
                schedule=tuple(course.schedule),
                direction=self._problem.directions[0],
                names=self._names,
            )
            try:
                changes = resolve(self._problem.space, training, rule(training) or {})
            except Exception as error:  # noqa: BLE001  # a rule's fault is recorded, and the trial goes on
                course.faults.append(f"step {course.reports[-1].step}: {rule!r} raised {error!r}")
                continue
            course.schedule += changes
            new = {change.name: change.value for change in changes}
            course.params |= new
            changed |= new
        return changed
