"""The models of a candidate as one file in the folder of its checkpoint, as far as they have come.

It is pickled, as scikit-learn's models are: what is in it is the objective's own, written and read where the
objective runs. tunebridge itself moves the folder, and never looks into it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from tunebridge import ObjectiveError
from tunebridge.display.brief import brief
from tunebridge_sklearn.fold import Fold
from tunebridge_sklearn.layout import laid_out, strides_of
from tunebridge_sklearn.training import Procedure, Training

FILE = "folds.pickle"
"""The name of the file in the folder of a checkpoint."""

RAISED = (AttributeError, RecursionError, TypeError, pickle.PicklingError)
"""What Python raises for what it cannot pickle, such as a lambda."""


class UnpicklableError(Exception):
    """The models cannot be pickled."""


class Pickler(pickle.Pickler):
    """Pickles arrays as they lie in memory, and one that a model holds twice as one, unlike joblib.dump."""

    def reducer_override(self, obj: Any) -> Any:
        """Return how an array with gaps is made again, and leave all else as it is."""
        strides = strides_of(obj)
        return NotImplemented if strides is None else (laid_out, (np.ascontiguousarray(obj), strides))


def write(folder: str | os.PathLike[str], folds: Sequence[Fold], procedure: Procedure) -> None:
    """Write the models of all folds, the random states that they draw from included.

    Args:
        folder: An existing one.
        folds: Of one candidate, all at the same step.
        procedure: How they are trained.

    Raises:
        UnpicklableError: One of them cannot be pickled.
    """
    states = [(fold.index, fold.training and fold.training.parts(), fold.scores) for fold in folds]
    saved = {"procedure": procedure.words, "folds": states}
    with (Path(folder) / FILE).open("wb") as file:
        try:
            Pickler(file, protocol=pickle.HIGHEST_PROTOCOL).dump(saved)
        except RAISED as error:
            raise UnpicklableError(brief(error)) from error


def read(folder: str | os.PathLike[str], models: Sequence[BaseEstimator], procedure: Procedure) -> list[Fold]:
    """Return the folds that were written, to be trained on.

    Args:
        folder: That of a checkpoint.
        models: The candidate's, one for each fold, as they would begin.
        procedure: How they are trained.

    Raises:
        ObjectiveError: There are none, or they are of another candidate.
    """
    file = Path(folder) / FILE
    try:
        with file.open("rb") as opened:
            saved = pickle.load(opened)
        folds = [Fold(index, parts and Training(*parts), scores) for index, parts, scores in saved["folds"]]
    except Exception as error:
        raise ObjectiveError(
            f"{file} cannot be read: {brief(error)}",
            hint="it needs the libraries and the classes with which it was written",
        ) from error
    _check(saved, folds, models, procedure)
    return folds


def _check(
    saved: Mapping[str, Any], folds: Sequence[Fold], models: Sequence[BaseEstimator], procedure: Procedure
) -> None:
    """Check that the folds are those of a candidate.

    Raises:
        ObjectiveError: They are not.
    """
    found = []
    if saved["procedure"] != procedure.words:
        found.append(f"trained by {saved['procedure']!r}, not by {procedure.words!r}")
    if len(folds) != len(models):
        found.append(f"of {len(folds)} folds, not of {len(models)}")
    kinds = {type(fold.training.model) for fold in folds if fold.training is not None}
    if kinds - {type(model) for model in models}:
        names = ", ".join(sorted(kind.__qualname__ for kind in kinds))
        found.append(f"of {names}, not of {type(models[0]).__qualname__}")
    if found:
        raise ObjectiveError(
            f"the checkpoint is of another candidate: {'; '.join(found)}",
            hint="search with what the stored search has, or name another study",
        )
