"""A booster's rule to stop early in a search: only rounds give it the rows that it decides by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from tunebridge import grower_of
from tunebridge_sklearn.training import Feedback, last_step


def needs_rounds(feedback: str, model: BaseEstimator, params: Mapping[str, Any]) -> bool:
    """Return whether a model is to be trained by rounds, since a plain `fit` lacks the rows to stop early by.

    Args:
        feedback: As the user has it; "auto" leaves a bare booster to rounds.
        model: The estimator, with its own params.
        params: Of `fit`.

    Raises:
        ValueError: It lacks them, and is to be trained by folds, or is in a pipeline that is not told to be
            trained by rounds.
    """
    last = last_step(model)
    grower = grower_of(last)
    if feedback not in ("auto", Feedback.FOLDS) or grower is None:
        return False
    own = {name.rpartition("__")[2]: value for name, value in params.items()}
    if not grower.lacks_rows(last, own):
        return False
    if feedback == "auto" and not isinstance(model, Pipeline):
        return True
    raise ValueError(
        f"{type(last).__qualname__} is to stop early by validation rows, and its fit is given none: "
        'write TuneSearchCV(..., feedback="rounds"), so that each fold stops by its own, '
        "or give fit an eval_set"
    )
