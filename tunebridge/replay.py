"""Runs a recorded trial again, with the changes that feedback made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunebridge.adjusting import Training
from tunebridge.feedback import Course, Feedback
from tunebridge.objective import evaluate
from tunebridge.problem import Problem
from tunebridge.report import Reply
from tunebridge.trial import Trial, TrialRecord, TrialState


def replay(problem: Problem, record: TrialRecord) -> TrialRecord:
    """Evaluate a trial again: its first params, its seed, and its schedule, step by step.

    Args:
        problem: The problem it comes from.
        record: A trial of that problem.

    Returns:
        The record with the values, reports and schedule of this run; equal to the old ones for an
        objective that is deterministic under `trial.seed`.

    Raises:
        Exception: Whatever the objective raises.
    """

    def recorded(training: Training) -> Mapping[str, Any]:
        step = training.reports[-1].step
        return {change.name: change.value for change in record.schedule if change.step == step}

    course, feedback = Course(), Feedback(problem, None, [recorded])

    def reporter(value: Any, step: int | None) -> Reply:
        return feedback.answer(trial, course, value, step)

    trial = Trial(record.params, number=record.number, seed=record.seed, reporter=reporter)
    values = evaluate(problem, trial)
    trial.end()
    return replace(
        record,
        state=TrialState.COMPLETE,
        values=values,
        reports=tuple(course.reports),
        schedule=tuple(course.schedule),
        faults=tuple(course.faults),
        told="not told: replayed",
        error=None,
    )
