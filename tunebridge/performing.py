"""Runs one attempt at a trial from begin to end, wherever that is."""

from __future__ import annotations

import traceback
from time import perf_counter

from tunebridge.contract import Ending, Task
from tunebridge.errors import ObjectiveError, ReportError, TrialPruned
from tunebridge.objective import evaluate
from tunebridge.problem import Problem
from tunebridge.trial import Reporter, Trial, TrialState


def perform(problem: Problem, task: Task, reporter: Reporter) -> Ending:
    """Evaluate the objective.

    Args:
        problem: What is evaluated.
        task: The attempt.
        reporter: Takes the reports, and answers.

    Returns:
        How it has ended; whatever the objective raises is an ending, too.
    """
    trial = Trial(task.params, number=task.number, seed=task.seed, attempt=task.attempt, reporter=reporter)
    begun = perf_counter()
    values, error, trace = None, None, ""
    try:
        values = evaluate(problem, trial)
        state = TrialState.COMPLETE
    except TrialPruned:
        state = TrialState.PRUNED
    except Exception as raised:  # noqa: BLE001  # whatever an objective raises is its trial's outcome
        state, error, trace = TrialState.FAILED, raised, describe(raised)
    finally:
        trial.end()
    return Ending(
        key=task.key,
        state=state,
        values=values,
        error=error,
        trace=trace,
        artifacts=trial.kept,
        notes=trial.noted,
        seconds=perf_counter() - begun,
    )


def describe(error: Exception) -> str:
    """Return the traceback of an objective's exception; a wrong value has a message only."""
    if isinstance(error, ObjectiveError | ReportError):
        return str(error)
    return "".join(traceback.format_exception(error))
