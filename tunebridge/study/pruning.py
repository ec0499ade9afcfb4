"""The pruner of a study: opened, and shown what the study has been through."""

from __future__ import annotations

from tunebridge.contract.pruner import Pruner, PrunerRequest
from tunebridge.problem.problem import Problem
from tunebridge.registry.choice import ChosenPruner
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.trial import Trial


def open_pruner(chosen: ChosenPruner | None, problem: Problem, study_name: str) -> Pruner | None:
    """Return a pruner for one study, or None for none.

    Raises:
        UnsupportedError: The problem has several objectives.
        MissingLibraryError: What it needs is not installed.
    """
    if chosen is None:
        return None
    direction = problem.single_direction(f"the pruner {chosen.spec.name!r}")
    chosen.require()
    return chosen.spec.open(PrunerRequest(direction=direction, options=chosen.options, study_name=study_name))


def repeat_reports(pruner: Pruner, record: TrialRecord) -> None:
    """Show a pruner the reports of a trial that is over."""
    trial = Trial(record.params, number=record.number, seed=record.seed)
    for report in record.reports:
        pruner.report(trial, report.step, report.value)
