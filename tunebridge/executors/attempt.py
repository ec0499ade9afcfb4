"""Runs one attempt at a trial from begin to end, wherever that is."""

from __future__ import annotations

import sys
from time import perf_counter

from tunebridge.contract.executor import Ending, Task
from tunebridge.problem import ended
from tunebridge.problem.evaluation import evaluate
from tunebridge.problem.problem import Problem
from tunebridge.trial.hearing import Reporter


def perform(problem: Problem, task: Task, reporter: Reporter) -> Ending:
    """Evaluate the objective.

    Args:
        problem: What is evaluated.
        task: The attempt.
        reporter: Takes the reports, and answers.

    Returns:
        How it has ended; whatever the objective raises is an ending, too.
    """
    trial = task.trial
    earlier = sys.exception()
    trial.begin(reporter)
    begun = perf_counter()
    try:
        end = ended.returned(trial, evaluate(problem, trial))
    except Exception as error:  # noqa: BLE001  # whatever an objective raises is its trial's outcome
        ended.part(error, earlier)
        end = ended.raised(trial, error)
    finally:
        trial.end()
    return Ending(
        key=task.key,
        state=end.state,
        values=end.values,
        error=end.error,
        trace=end.trace,
        artifacts=trial.kept,
        notes=trial.noted,
        seconds=perf_counter() - begun,
    )
