"""Candidates that go on from a checkpoint, and those that write one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sklearn.base import BaseEstimator

from tunebridge import Reading, Trial
from tunebridge.display.printable import logger_of
from tunebridge_sklearn.changes import change
from tunebridge_sklearn.fold import Fold
from tunebridge_sklearn.saved import UnpicklableError, read, write
from tunebridge_sklearn.training import Procedure, Training

logger = logger_of(__name__)

UNPICKLABLE = "checkpoint"
"""Under this name a trial notes why it has none."""


def begun(
    trial: Trial, models: Sequence[BaseEstimator], reading: Reading, procedure: Procedure
) -> tuple[list[Fold], list[int]]:
    """Return the folds of a candidate and the steps that lie before them.

    Args:
        trial: The candidate's.
        models: One for each fold, with the params that the trial has now.
        reading: What these mean to the models.
        procedure: How they are trained.
    """
    steps = procedure.steps(models[0])
    if trial.resumed is None:
        return [Fold(index, Training(model)) for index, model in enumerate(models)], steps
    folds = read(trial.resumed, models, procedure)
    trained = [fold.training.model for fold in folds if fold.training is not None]
    has = reading.params(trial)
    change(folds, trial.resumed.news(trained[0].get_params() if trained else has, has), procedure)
    return folds, [step for step in steps if step > trial.resumed.step]


def keep(trial: Trial, folds: Sequence[Fold], procedure: Procedure) -> None:
    """Write a checkpoint; where models cannot be pickled, note it, and write none.

    Raises:
        TrialPaused: The trial's turn is over.
    """
    if UNPICKLABLE in trial.noted:
        return
    try:
        with trial.checkpoint() as folder:
            write(folder, folds, procedure)
    except UnpicklableError as error:
        trial.note(UNPICKLABLE, f"none: {error}")
        _warn(str(error))


@cache
def _warn(reason: str) -> None:
    """Say once in a process why there are no checkpoints."""
    logger.warning(
        "no checkpoints are written, so that candidates which are interrupted begin anew: their models "
        "cannot be pickled (%s); write functions of a module in place of lambdas",
        reason,
    )
