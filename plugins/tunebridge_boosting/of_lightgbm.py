"""How models of LightGBM grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightgbm
import numpy as np
from lightgbm.callback import EarlyStopException
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier

from tunebridge import GrowthRequest
from tunebridge_boosting.growth import Way
from tunebridge_boosting.kept_sums import KeptSums, hide
from tunebridge_boosting.names import OTHER_ROUNDS
from tunebridge_boosting.waiting import Between

ADDED_UP = ("gbdt", "gbrt", "goss")
"""The kinds of boosting that add trees up, and change none that there is."""

BY_CATEGORY = (
    "categorical_feature",
    "cat_feature",
    "categorical_column",
    "cat_column",
    "categorical_features",
)
"""Names of the param that has columns be categories."""

STOPPING = ("early_stopping_round", "early_stopping_rounds", "early_stopping", "n_iter_no_change")
"""Names of the param that stops early."""


OF_ITS_DATA = (
    "class_weight",
    "device",
    "device_type",
    "interaction_constraints",
    "metric",
    "monotone_constraints",
)
"""Params that fit the data of a model, or what it is for, alone."""

FORESTS = frozenset(
    {
        "colsample_bytree",
        "feature_fraction_bynode",
        "max_delta_step",
        "max_depth",
        "min_child_samples",
        "min_child_weight",
        "min_split_gain",
        "num_leaves",
        "path_smooth",
        "reg_alpha",
        "reg_lambda",
    }
)
"""Params that the rounds of a forest read."""

BOOSTED = FORESTS | {"learning_rate"}
"""Params that rounds read."""

FORESTS_BY_NAME = ("rf", "random_forest")
"""The kinds of boosting that are none."""

LIVE = {
    **dict.fromkeys(FORESTS_BY_NAME, FORESTS),
    "dart": BOOSTED | {"drop_rate", "max_drop", "skip_drop"},
}
"""Params that rounds read, by kind of boosting."""

NAMES = {
    "eta": "learning_rate",
    "feature_fraction": "colsample_bytree",
    "lambda_l1": "reg_alpha",
    "lambda_l2": "reg_lambda",
    "min_data_in_leaf": "min_child_samples",
    "min_gain_to_split": "min_split_gain",
    "min_sum_hessian_in_leaf": "min_child_weight",
    "shrinkage_rate": "learning_rate",
}
"""Other names of them."""

REASONS = {
    (
        "bagging_fraction",
        "bagging_freq",
        "data_sample_strategy",
        "neg_bagging_fraction",
        "other_rate",
        "pos_bagging_fraction",
        "subsample",
        "subsample_freq",
        "top_rate",
    ): "rows are drawn as it was when the training began",
    ("objective", "num_class"): "the trees that there are fit another loss",
    ("boosting", "boosting_type"): "the trees that there are were weighed otherwise",
    ("max_bin", "min_data_in_bin", "subsample_for_bin"): "the trees that there are have split other bins",
    ("cat_l2", "cat_smooth"): "whether it is read depends on the data",
    ("n_estimators", *OTHER_ROUNDS, *STOPPING): "the rounds of a model are planned when it begins",
}
"""Why others cannot change."""


class Standing(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Predicts as a model does that is still trained.

    Args:
        booster: What is trained.
        estimator: What trains it.
        sums: Rows whose sums the training keeps, if it does.
    """

    def __init__(self, booster: Any, estimator: Any, sums: KeptSums | None = None) -> None:
        """Hold it."""
        self.booster = booster
        self.estimator = estimator
        self.sums = sums

    def fit(self, X: Any, y: Any) -> Standing:
        """Do nothing: it is its estimator that trains."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> Any:
        """Return what the model predicts, shape (n_samples,)."""
        return self._predicted(X)

    def _predicted(self, X: Any) -> Any:
        if self.sums is not None and X is self.sums.rows:
            found = self.sums.predicted(self.booster)
            if found is not None:
                return found
        n_jobs = self.estimator.n_jobs
        threads = {"num_threads": n_jobs} if isinstance(n_jobs, int) and n_jobs > 0 else {}
        return self.booster.predict(X, **threads)


class StandingRegressor(RegressorMixin, Standing):  # type: ignore[misc]
    """Predicts as a regressor does that is still trained."""


class StandingClassifier(ClassifierMixin, Standing):  # type: ignore[misc]
    """Predicts as a classifier does that is still trained.

    Args:
        booster: What is trained.
        estimator: What trains it.
        sums: Rows whose sums the training keeps, if it does.
        classes: Its labels.
    """

    def __init__(self, booster: Any, estimator: Any, sums: KeptSums | None, classes: Any) -> None:
        """Hold it."""
        super().__init__(booster, estimator, sums)
        self.classes = classes

    @property
    def classes_(self) -> Any:
        """The labels."""
        return self.classes

    def predict(self, X: Any) -> Any:
        """Return labels, or, with an objective that is a function, what the model scores."""
        found = self.predict_proba(X)
        return found if callable(self.estimator.objective) else self.classes[np.argmax(found, axis=1)]

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities, shape (n_samples, n_classes), or what the model scores."""
        found = self._predicted(X)
        if callable(self.estimator.objective) or found.ndim > 1:
            return found
        return np.vstack((1.0 - found, found)).transpose()


def rounds(model: Any) -> int:
    """Return how many rounds one `fit` has at most."""
    return int(model.get_params()[_resource(model)])


def _resource(model: Any) -> str:
    """Return the param that says it."""
    params = model.get_params()
    return next((name for name in OTHER_ROUNDS if params.get(name) is not None), "n_estimators")


def stops(request: GrowthRequest) -> bool:
    """Return whether a rule to stop early has rows to decide by."""
    return bool(_has_rows(request) or request.valid is not None) and _has_rule(request)


def fit(request: GrowthRequest, between: Between) -> None:
    """Fit, and call after each round."""
    model, params = request.model, dict(request.params)
    callbacks = list(params.pop("callbacks", None) or ())
    if not stops(request):
        callbacks = [one for one in callbacks if not _is_rule(one)]
        # Put aside for good: what the model was is said by its number of rounds.
        known = model.get_params()
        model.set_params(**{name: None for name in STOPPING if known.get(name) is not None})
    elif not _has_rows(request) and request.valid is not None:
        params["eval_X"], params["eval_y"] = request.valid
    params["callbacks"] = [_after_each(between), *callbacks]
    if request.state is None:
        model.fit(request.X, request.y, **params)
        return
    name, n_rounds = _resource(model), rounds(model)
    params["init_model"] = lightgbm.Booster(model_str=request.state["model"])
    try:
        model.set_params(**{name: n_rounds - request.state["n_rounds"]})
        model.fit(request.X, request.y, **params)
    finally:
        model.set_params(**{name: n_rounds})


def saved(booster: Any) -> str:
    """Return a model that is trained as text."""
    return str(booster.model_to_string())


def keeps(model: Any) -> bool:
    """Return whether a model can go on from text; a rule to stop early would begin anew."""
    params = model.get_params()
    return _kind(model) not in FORESTS_BY_NAME and not any(params.get(name) for name in STOPPING)


def shown(request: GrowthRequest, booster: Any) -> Any:
    """Return what predicts as a model does that is still trained."""
    if is_classifier(request.model):
        classes = np.unique(np.asarray(request.y))
        return StandingClassifier(booster, request.model, _sums(request, classes), classes)
    return StandingRegressor(booster, request.model, _sums(request, None))


def _sums(request: GrowthRequest, classes: Any) -> KeptSums | None:
    """Return the rows that are validated on, if the training can keep their sums."""
    if request.valid is None or not _adds_up(request):
        return None
    rows, labels = request.valid[0], np.asarray(request.valid[1])
    if not all(_is_plain(one) for one in (request.X, rows)) or labels.ndim != 1:
        return None
    if classes is None:
        return KeptSums(rows, labels)
    return KeptSums(rows, np.searchsorted(classes, labels)) if np.isin(labels, classes).all() else None


def _adds_up(request: GrowthRequest) -> bool:
    """Return whether what is trained is a sum of trees, and nothing of the user's is called for more rows."""
    model, params = request.model, request.model.get_params()
    given = [request.params.get(name) for name in ("eval_metric", "init_model")]
    metrics = given[0] if isinstance(given[0], list | tuple) else given[:1]
    by_category = any(one.get(name) is not None for one in (params, request.params) for name in BY_CATEGORY)
    asks_user = callable(model.objective) or any(map(callable, metrics))
    goes_on = request.state is not None or given[1] is not None
    others = isinstance(model, lightgbm.LGBMRanker) or params.get("linear_tree") or params.get("linear_trees")
    return _kind(model) in ADDED_UP and not (by_category or asks_user or goes_on or others)


def _is_plain(rows: Any) -> bool:
    return isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind in "biuf"


def change(booster: Any, changed: Mapping[str, Any]) -> None:
    """Give a model that is trained new params."""
    booster.reset_parameter(dict(changed))


def left(model: Any) -> int:
    """Return how many rounds a model predicts with."""
    return int(model.best_iteration_ or model.booster_.current_iteration())


def small(model: Any, n_rounds: int) -> Any:
    """Return a model, as it is, with so many rounds and nothing that fits its own data alone."""
    known = model.get_params()
    unset = {name: None for name in (*STOPPING, *OTHER_ROUNDS, *OF_ITS_DATA) if name in known}
    return model.set_params(**unset, n_estimators=n_rounds, n_jobs=1, verbose=-1)


def of_fit(model: Any, n_rows: int) -> dict[str, Any]:
    """Return what a fit needs besides data."""
    return {"group": [n_rows]} if isinstance(model, lightgbm.LGBMRanker) else {}


def live(model: Any) -> frozenset[str]:
    """Return the params that rounds read."""
    return LIVE.get(_kind(model), BOOSTED)


def _kind(model: Any) -> Any:
    params = model.get_params()
    return next((params[name] for name in ("boosting", "boost") if params.get(name)), model.boosting_type)


def _after_each(between: Between) -> Any:
    def after_each(env: Any) -> None:
        hide(env.evaluation_result_list)
        if not between(env.model):
            raise EarlyStopException(env.iteration, env.evaluation_result_list)

    return after_each


def _has_rows(request: GrowthRequest) -> bool:
    return any(request.params.get(name) is not None for name in ("eval_set", "eval_X"))


def _has_rule(request: GrowthRequest) -> bool:
    params = request.model.get_params()
    by_callback = any(map(_is_rule, request.params.get("callbacks") or ()))
    return any(params.get(name) for name in STOPPING) or by_callback


def _is_rule(callback: Any) -> bool:
    return isinstance(callback, type(lightgbm.early_stopping(1, verbose=False)))


WAY = Way(
    library="lightgbm",
    rounds=rounds,
    stops=stops,
    fit=fit,
    saved=saved,
    keeps=keeps,
    shown=shown,
    change=change,
    left=left,
    small=small,
    of_fit=of_fit,
    live=live,
    names=NAMES,
    reasons=REASONS,
)
"""How they grow."""
