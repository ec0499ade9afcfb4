"""Evaluates an objective, whether it returns, reports, or is a generator that yields."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import GeneratorType
from typing import Any

from tunebridge.problem.problem import Problem
from tunebridge.trial.trial import Trial


def evaluate(problem: Problem, trial: Trial) -> tuple[float, ...]:
    """Run the objective on one trial and return its values.

    A generator's value is what it returns, or its last report; or that of the checkpoint it goes on from.

    Raises:
        TrialPruned: The study has ended the trial.
        Exception: Whatever the objective raises, and ObjectiveError if it returns no value.
    """
    returned = problem.objective(trial)
    if isinstance(returned, GeneratorType):
        returned = _drive(problem, returned, trial)
    return problem.read_values(returned)


def _drive(problem: Problem, training: Generator[Any, Any, Any], trial: Trial) -> Any:
    """Turn each `yield` into a report, and send back what feedback has changed."""
    last = trial.resumed_value
    changes = None
    try:
        while True:
            try:
                reported = training.send(changes)
            except StopIteration as end:
                return last if end.value is None else end.value
            changes = trial.report(reported)
            last = _main(problem, reported)
    finally:
        training.close()


def _main(problem: Problem, reported: Any) -> Any:
    """Return the metric of a report that was accepted."""
    return reported[problem.metric] if isinstance(reported, Mapping) else reported
