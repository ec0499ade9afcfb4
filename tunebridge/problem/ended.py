"""How the end of an objective is called: by what it returned or raised, and by what the study had told it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any

from tunebridge.errors import ObjectiveError, ReportError
from tunebridge.problem.evaluator import Evaluator
from tunebridge.problem.limits import measure
from tunebridge.trial.state import TrialState
from tunebridge.trial.trial import Trial
from tunebridge.values import passing

SIGNAL = "TrialPruned"
"""The name of the exception by which an objective ends its trial as PRUNED: tunebridge's, and Optuna's."""

RETURNED = "returned"
"""Under this name a trial that was told to stop by an answer notes what its objective returned."""


@passing
class Ended:
    """What a trial has ended with."""

    state: TrialState
    """COMPLETE, PRUNED or FAILED; RUNNING for one that is paused."""
    values: tuple[float, ...] | None = None
    """Of a trial that is COMPLETE."""
    error: Exception | None = None
    """Of a trial that has FAILED."""
    trace: str = ""
    """The traceback of a failure, and of what was raised beside the signal by a trial that was to stop."""


def returned(evaluator: Evaluator, trial: Trial, values: Sequence[float]) -> Ended:
    """Return the end of a trial whose objective has returned its values.

    One that was told to stop by an answer has obeyed. One that was told by an exception has swallowed it.
    One that is paused goes on later, whatever it has returned.

    Raises:
        ObjectiveError: It has not noted what the problem limits.
    """
    if trial.is_paused:
        return Ended(state=TrialState.RUNNING)
    if not trial.may_return:
        measure(evaluator.limits, trial)
        return Ended(state=TrialState.COMPLETE, values=tuple(values))
    trial.noted.setdefault(RETURNED, values[0] if len(values) == 1 else list(values))
    return _pruned(evaluator, trial)


def valued(evaluator: Evaluator, trial: Trial, value: Any) -> Ended:
    """Return the end of a trial whose objective has returned something."""
    try:
        return returned(evaluator, trial, evaluator.read_values(value))
    except ObjectiveError as fault:
        return raised(evaluator, trial, fault)


def raised(evaluator: Evaluator, trial: Trial, error: Exception) -> Ended:
    """Return the end of a trial whose objective has raised.

    Libraries wrap what a callback raises, so that all that comes after the word to stop, or to pause, stands
    for it.
    """
    if trial.is_paused:
        return Ended(state=TrialState.RUNNING)
    if _is_signal(error):
        return _pruned(evaluator, trial)
    if trial.should_prune():
        return _pruned(evaluator, trial, trace="" if _names_signal(error) else describe(error))
    return Ended(state=TrialState.FAILED, error=error, trace=describe(error))


def _pruned(evaluator: Evaluator, trial: Trial, trace: str = "") -> Ended:
    """Return the end of a trial that was told to stop; what it has noted by then is held against limits."""
    measure(evaluator.limits, trial, is_whole=False)
    return Ended(state=TrialState.PRUNED, trace=trace)


def part(error: BaseException, earlier: BaseException | None) -> None:
    """Cut an exception off from one of before its trial, which its traceback would show, too.

    catboost leaves what a callback has raised as being handled, so that all later ones of its thread have it
    as their context.

    Args:
        error: What the trial has raised.
        earlier: What was being handled when it began, if anything was.
    """
    link: BaseException | None = error
    while link is not None and earlier is not None:
        if link.__context__ is earlier:
            link.__context__ = None
        link = link.__context__


def describe(error: Exception) -> str:
    """Return the traceback of an objective's exception; a wrong value has a message only."""
    if isinstance(error, ObjectiveError | ReportError):
        return str(error)
    return "".join(traceback.format_exception(error))


def _is_signal(error: BaseException) -> bool:
    """Return whether an exception ends a trial as PRUNED although nobody may have told it to stop."""
    return any(kind.__name__ == SIGNAL for kind in type(error).__mro__)


def _names_signal(error: BaseException | None) -> bool:
    """Return whether an exception was raised from the signal, or has its name in its own text."""
    return error is not None and (_is_signal(error) or SIGNAL in str(error) or _names_signal(error.__cause__))
