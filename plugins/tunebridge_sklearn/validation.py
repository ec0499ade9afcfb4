"""Cross-validation as a problem: for `tunebridge.tune`, stores, executors and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import check_scoring
from sklearn.utils import indexable

from tunebridge import Limit, Problem, Reading
from tunebridge.calls import checked_with
from tunebridge.display.brief import brief
from tunebridge.errors import did_you_mean
from tunebridge_sklearn.choosing import choose
from tunebridge_sklearn.early_stopping import needs_rounds
from tunebridge_sklearn.elsewhere import of_the_problem
from tunebridge_sklearn.evaluation import Evaluation
from tunebridge_sklearn.fold import Setting, split
from tunebridge_sklearn.known import Check
from tunebridge_sklearn.limits import check_limits
from tunebridge_sklearn.naming import check_names
from tunebridge_sklearn.private import check_method_params, metrics
from tunebridge_sklearn.reading import makers, read


@checked_with(of_the_problem)
def cross_validation(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    space: Any,
    *,
    cv: Any = None,
    scoring: Any = None,
    groups: Any = None,
    params: dict[str, Any] | None = None,
    feedback: str = "folds",
    report: Literal["mean", "fold"] = "mean",
    error_score: Any = np.nan,
    return_train_score: bool = False,
    limits: Mapping[str, Limit] | None = None,
    n_jobs: int | None = None,
) -> Problem:
    """Return the problem of finding the params with the best mean test score.

    The splits are made here, once. A trial reports after each fold, so that a pruner can end it, and notes
    what was measured on each split: `record.notes["splits"]`.

    Args:
        estimator: What is searched.
        X: Shape (n_samples, n_features).
        y: Targets, shape (n_samples,) or (n_samples, n_outputs), or None.
        space: A `tunebridge.Space`; or a dict of lists and of scipy's `uniform`, `loguniform`, `randint`,
            `norm` and `lognorm`; or a list of such dicts: which of them a trial is of is a choice, which is
            named `_dict` in its params.
        cv: As in scikit-learn: a number of folds, a splitter, or splits.
        scoring: A scorer or its name; the estimator's `score` for None.
        groups: For the splitter, shape (n_samples,).
        params: For `fit`; what has one entry per sample is split.
        feedback: When a trial reports: after each of the "folds", or after "epochs", "stages" or "rounds" of
            all folds; "auto" chooses, as in `TuneSearchCV`.
        report: The "mean" of the folds so far, or the score of each "fold" by itself, for the pruner
            "wilcoxon".
        error_score: Score of a fit that fails, or "raise". With NaN the trial fails.
        return_train_score: Whether training scores are noted, too.
        limits: Which trials may be the best, by means over the splits, as `TuneSearchCV` takes them. A trial
            notes those that are limited, under the same names.
        n_jobs: Folds that one trial trains side by side, in jobs of joblib.

    Raises:
        ValueError: An argument does not fit, or the estimator lacks a parameter of the space.
    """
    if report not in ("mean", "fold"):
        hint = did_you_mean(str(report), ("mean", "fold"))
        raise ValueError(f"report must be 'mean' or 'fold', got {brief(report)}: {hint}")
    reading = read(space)
    check_names(reading, estimator)
    _check_shown(reading)
    needs_rounds(feedback, estimator, params or {})
    X, y = indexable(X, y)
    names = {node.name for node in reading.space.nodes}
    setting = Setting(
        X=X,
        y=y,
        splits=split(cv, estimator, X, y, {"groups": groups}),
        scorer=check_scoring(estimator, scoring),
        procedure=choose(feedback, estimator, names, Check(X, y)),
        fit_params=check_method_params(X, params=params or {}),
        error_score=error_score,
        return_train_score=return_train_score,
    )
    bounds = {} if limits is None else limits
    check_limits(bounds, metrics(setting.scorer) or ("score",), train=return_train_score)
    evaluation = Evaluation(
        estimator=clone(estimator),
        reading=reading,
        setting=setting,
        paired=report == "fold",
        n_jobs=n_jobs,
        limited=tuple(bounds),
    )
    return Problem(evaluation, reading.space, direction="maximize", limits=bounds)


def _check_shown(reading: Reading) -> None:
    """Check that the params of a trial are those of the estimator.

    Raises:
        ValueError: One is a probability, or a seed, which `Result.best_params` would show.
    """
    made = makers(reading)
    for node in reading.space.nodes:
        if node.path in made:
            raise ValueError(
                f"{node.path}: the params of a trial would show a probability or a seed in place of what the "
                "distribution draws; write tb.Float(low, high), tb.Float(low, high, log=True), "
                "tb.Normal(mean, sd) or a list of values, or search with TuneSearchCV, which reads it"
            )
