"""Runs one attempt at a trial from begin to end, wherever that is."""

from __future__ import annotations

import sys
from inspect import signature
from time import perf_counter
from typing import TYPE_CHECKING

from tunebridge.contract.task import Ending, Task
from tunebridge.errors import PluginError
from tunebridge.problem import ended
from tunebridge.problem.evaluator import Evaluator
from tunebridge.trial.hearing import Reporter
from tunebridge.trial.said import Told

if TYPE_CHECKING:
    from tunebridge.problem.problem import Problem


def perform(problem: Problem, task: Task, reporter: Reporter) -> Ending:
    """Evaluate the objective.

    Args:
        problem: What is evaluated.
        task: The attempt.
        reporter: Takes what the trial says, and answers.

    Returns:
        How it has ended; whatever the objective raises is an ending, too.

    Raises:
        PluginError: The reporter takes something else.
        KeyboardInterrupt: It was interrupted, whatever its framework has made of that.
    """
    if not _is_plain(reporter):
        _check(reporter)
    return run(problem.evaluator, task, reporter)


def run(evaluator: Evaluator, task: Task, reporter: Reporter) -> Ending:
    """Evaluate the objective, as `perform` does for executors of plugins.

    Args:
        evaluator: The problem's.
        task: The attempt.
        reporter: Takes what the trial says, and answers.
    """
    trial = task.trial
    earlier = sys.exception()
    trial.begin(reporter, evaluator.names)
    begun = perf_counter()
    try:
        end = ended.returned(evaluator, trial, evaluator.evaluate(trial))
    except Exception as error:  # noqa: BLE001  # whatever an objective raises is its trial's outcome
        ended.part(error, earlier)
        end = ended.raised(evaluator, trial, error)
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise
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
        limits=trial.limits,
        seconds=perf_counter() - begun,
        device=trial.device,
    )


def _check(reporter: Reporter) -> None:
    """Refuse the reporter of an executor that was written when trials had nothing to say but reports."""
    try:
        signature(reporter).bind(Told(0.0))
    except TypeError as error:
        raise PluginError(
            f"the executor's reporter must take one thing, what the trial says: {error}",
            hint="write reporter(said), and hand said on: request.answer(task.key, said)",
        ) from error


def _is_plain(reporter: Reporter) -> bool:
    """Return whether it is a function of exactly one argument, which its code tells without `inspect`."""
    code = getattr(reporter, "__code__", None)
    return code is not None and code.co_argcount == 1 and code.co_kwonlyargcount == 0
