"""Runs a recorded trial again, with the changes that feedback made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

from tunebridge.problem.evaluation import evaluate
from tunebridge.problem.problem import Problem
from tunebridge.trial.record import TrialRecord
from tunebridge.trial.report import Change, Decision, Reply
from tunebridge.trial.reports import Reports
from tunebridge.trial.said import Said, Written
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial


def replay(problem: Problem, record: TrialRecord) -> TrialRecord:
    """Evaluate a trial again: its first params, its seed, and its schedule, step by step.

    Args:
        problem: The problem it comes from.
        record: A trial of that problem.

    Returns:
        The record with the values, reports, schedule and artifacts of this run; equal to the old ones for an
        objective that is deterministic under `trial.seed`. A trial that was pruned runs to its end.

    Raises:
        Exception: Whatever the objective raises.
    """
    reports = Reports()
    schedule: list[Change] = []

    def reporter(said: Said) -> Reply:
        if isinstance(said, Written):
            return Reply(Decision.CONTINUE)
        report = problem.read_report(said.value, said.step, reports.highest)
        is_new = reports.take(report)
        due = [change for change in record.changes if is_new and change.step == report.step]
        schedule.extend(due)
        return Reply(Decision.CONTINUE, {change.name: change.value for change in due})

    trial = Trial(record.params, number=record.number, seed=record.seed, reporter=reporter)
    started, begun = datetime.now(UTC), perf_counter()
    try:
        values = evaluate(problem, trial)
    finally:
        trial.end()
    return replace(
        record,
        state=TrialState.COMPLETE,
        values=values,
        reports=tuple(reports),
        schedule=tuple(schedule),
        faults=(),
        artifacts=trial.kept,
        told="not told: replayed",
        error=None,
        started=started,
        finished=datetime.now(UTC),
        sampler_seconds=0.0,
        objective_seconds=perf_counter() - begun,
    )
