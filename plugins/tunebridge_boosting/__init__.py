"""Boosters beside tunebridge: models that grow by rounds, and are judged and changed while they do.

Importing this package loads no library of boosters, and no scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tunebridge_boosting.needed import needing

if TYPE_CHECKING:
    from tunebridge import Trial
    from tunebridge_boosting.objective import BoosterObjective

__all__ = ["apply", "catboost_callback", "lightgbm_callback", "training", "xgboost_callback"]

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""


def training(
    build_model: Callable[[Trial], Any],
    *,
    train: tuple[Any, Any],
    valid: tuple[Any, Any],
    scoring: Any = None,
    report_every: int = 10,
    params: Mapping[str, Any] | None = None,
    keep_model: bool = False,
) -> BoosterObjective:
    """Make an objective that grows a booster by rounds and reports its score on the validation rows.

    The model is, after each report, to the last bit what one `fit` of as many rounds makes. The value of a
    trial is its last score: say which way it goes in the problem,
    `tb.Problem(training(...), space, direction="maximize")`. The step of a report is the number of rounds.

    A rule to stop early decides by the validation rows; the number of rounds that it leaves is
    `record.notes["rounds"]`, and the last score is that of these rounds. Params that feedback changes hold
    from the next round on; a rule for one that no round reads is refused before trial 1.

    Where trials are given devices, a model of XGBoost, LightGBM or CatBoost trains on the GPU of its trial,
    unless it says itself where.

    Args:
        build_model: Called with the trial, a dict of its params; returns an estimator:
            `lambda trial: XGBClassifier(n_estimators=200, **trial)`.
        train: Rows and targets.
        valid: The same, for scores and the rule to stop early.
        scoring: A scorer of scikit-learn's or its name; the estimator's `score` for None.
        report_every: Rounds from one report to the next, >= 1.
        params: Of `fit`, such as `sample_weight` of the training rows.
        keep_model: Keep the fitted model as `record.artifact("model")`.

    Raises:
        ProblemError: An argument is none of these.
        MissingLibraryError: scikit-learn is not installed.
    """
    with needing("sklearn", "tunebridge_boosting.training"):
        from tunebridge_boosting.objective import make_objective

    return make_objective(
        build_model,
        train=train,
        valid=valid,
        scoring=scoring,
        report_every=report_every,
        params=params,
        keep_model=keep_model,
    )


def apply(booster: Any, changed: Mapping[str, Any]) -> None:
    """Give a booster that is being trained new params, which its next round reads; all of them, or none.

    Args:
        booster: An `xgboost.Booster` or a `lightgbm.Booster`, between two rounds.
        changed: New values by name, `{"learning_rate": 0.01}`.

    Raises:
        LiveParamError: No round reads such a param, it would make another model, or the value is out of its
            bounds. Nothing is changed then.
    """
    from tunebridge_boosting import live

    live.apply(booster, changed)


def xgboost_callback(
    trial: Trial, metric: str, *, every: int = 1, names: Mapping[str, str] | None = None
) -> Any:
    """Return a callback for `xgboost.train(callbacks=[...])` and `XGBClassifier(callbacks=[...])`.

    It reports a metric of the validation data, ends the training when the trial is told to stop, so that the
    model is kept and the trial is PRUNED whatever its objective returns, and applies what rules change.

    Args:
        trial: Whose training it is.
        metric: Data and metric: "validation_0-logloss" for a `fit`, the name of `evals` for `train`.
        every: Rounds from one report to the next.
        names: What params of the trial are called in the library, where that is another name:
            `{"rate": "learning_rate"}`.

    Raises:
        ProblemError: There is no trial, or no metric, `every` is no number of rounds, or the study has no
            param that has a name.
        MissingLibraryError: XGBoost is not installed.
    """
    from tunebridge_boosting.callbacks import Reports, for_xgboost

    return for_xgboost(Reports(trial, metric, every, {} if names is None else names))


def lightgbm_callback(
    trial: Trial, metric: str, *, every: int = 1, names: Mapping[str, str] | None = None
) -> Any:
    """Return a callback for `lightgbm.train(callbacks=[...])` and `LGBMClassifier.fit(callbacks=[...])`.

    It does what `xgboost_callback` does.

    Args:
        trial: Whose training it is.
        metric: Data and metric: "valid_0-binary_logloss" for a `fit`.
        every: Rounds from one report to the next.
        names: What params of the trial are called in the library, where that is another name.

    Raises:
        ProblemError: There is no trial, or no metric, `every` is no number of rounds, or the study has no
            param that has a name.
        MissingLibraryError: LightGBM is not installed.
    """
    from tunebridge_boosting.callbacks import Reports, for_lightgbm

    return for_lightgbm(Reports(trial, metric, every, {} if names is None else names))


def catboost_callback(
    trial: Trial, metric: str, *, every: int = 1, names: Mapping[str, str] | None = None
) -> Any:
    """Return a callback for `CatBoostClassifier.fit(callbacks=[...])` and `CatBoost.fit`.

    It reports a metric of the validation data, and ends the training when the trial is told to stop, as
    `xgboost_callback` does. Nothing of CatBoost can change while it trains: what a rule changes is refused by
    name, and CatBoost raises the refusal as an error of its own, which has its words.

    Args:
        trial: Whose training it is.
        metric: Data and metric: "validation-Logloss" for one `eval_set`, "validation_0-Logloss" of several.
        every: Rounds from one report to the next.
        names: What params of the trial are called in the library, where that is another name.

    Raises:
        ProblemError: There is no trial, or no metric, `every` is no number of rounds, or the study has no
            param that has a name.
    """
    from tunebridge_boosting.callbacks import Reports, for_catboost

    return for_catboost(Reports(trial, metric, every, {} if names is None else names))
