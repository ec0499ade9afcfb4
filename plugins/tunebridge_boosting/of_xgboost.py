"""How models of xgboost grow."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np
import xgboost
from xgboost.callback import EarlyStopping, TrainingCallback

from tunebridge import GrowthRequest
from tunebridge_boosting.growth import Way
from tunebridge_boosting.remembering import Remembering
from tunebridge_boosting.waiting import Between

OF_ITS_DATA = (
    "callbacks",
    "early_stopping_rounds",
    "eval_metric",
    "feature_types",
    "feature_weights",
    "interaction_constraints",
    "monotone_constraints",
)
"""Params that fit the data of a model, or what it is for, alone."""

LINEAR = frozenset({"learning_rate", "reg_alpha", "reg_lambda"})
"""Params that rounds of linear models read."""

TREES = LINEAR | {
    "colsample_bylevel",
    "colsample_bynode",
    "colsample_bytree",
    "gamma",
    "max_delta_step",
    "max_depth",
    "max_leaves",
    "min_child_weight",
    "scale_pos_weight",
    "subsample",
}
"""Params that rounds of trees read."""

LIVE = {"gblinear": LINEAR, "dart": TREES | {"one_drop", "rate_drop", "skip_drop"}}
"""Params that rounds read, where they are not those of trees."""

NAMES = {
    "alpha": "reg_alpha",
    "eta": "learning_rate",
    "lambda": "reg_lambda",
    "min_split_loss": "gamma",
}
"""Other names of them."""

REASONS = {
    ("booster",): "the trees that there are would be lost",
    ("objective", "num_class", "multi_strategy"): "the trees that there are fit another loss",
    ("base_score",): "it acts on what was trained before, too",
    (
        "tree_method",
        "max_bin",
        "grow_policy",
        "max_cat_to_onehot",
        "max_cat_threshold",
    ): "the trees that there are have split other bins, or by another method",
    ("n_estimators", "early_stopping_rounds"): "the rounds of a model are planned when it begins",
}
"""Why others cannot change."""


class Standing:
    """Has an estimator predict with the booster that is trained, which is not copied."""

    booster_of_now: Any

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def get_booster(self) -> Any:
        """Return the booster that is trained."""
        return self.booster_of_now

    @property
    def best_iteration(self) -> int:
        """None: a rule to stop early has not ended, and all the rounds of now count.

        Raises:
            AttributeError: Always, as where no rule has ended.
        """
        raise AttributeError("best_iteration")


class Rounds(TrainingCallback):
    """Calls after each round.

    Args:
        between: What is called.
    """

    def __init__(self, between: Between) -> None:
        """Hold it."""
        super().__init__()
        self._between = between

    def __deepcopy__(self, memo: dict[int, Any]) -> Rounds:
        """Return itself: what waits in a thread has no copy."""
        return self

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Return whether the training ends here."""
        return not self._between(model)


def rounds(model: Any) -> int:
    """Return how many rounds one `fit` has at most."""
    return int(model.get_num_boosting_rounds())


def stops(request: GrowthRequest) -> bool:
    """Return whether a rule to stop early has rows to decide by."""
    given = request.params.get("eval_set") or request.valid is not None
    return bool(given) and _has_rule(request.model)


def fit(request: GrowthRequest, between: Between) -> None:
    """Fit, and call after each round."""
    model, params = request.model, dict(request.params)
    own = {"callbacks": model.callbacks, "early_stopping_rounds": model.early_stopping_rounds}
    params.setdefault("verbose", False)
    callbacks = list(own["callbacks"] or ())
    if not stops(request):
        callbacks = [one for one in callbacks if not isinstance(one, EarlyStopping)]
        # Put aside for good: what the model was is said by its number of rounds.
        own = {"callbacks": callbacks or None, "early_stopping_rounds": None}
    elif not params.get("eval_set"):
        params["eval_set"] = [request.valid]
    own["n_estimators"] = model.n_estimators
    if request.state is not None:
        params["xgb_model"] = _loaded(request.state["model"])
        model.n_estimators = rounds(model) - request.state["n_rounds"]
    model.early_stopping_rounds = own["early_stopping_rounds"]
    model.callbacks = [Rounds(between), *callbacks]
    try:
        model.fit(request.X, request.y, **params)
    finally:
        # Not by set_params, which hands a list of metrics to the booster of a fitted model, and spoils it.
        model.callbacks, model.n_estimators = own["callbacks"], own["n_estimators"]


def saved(booster: Any) -> bytes:
    """Return a model that is trained as bytes."""
    return bytes(booster.save_raw("ubj"))


def keeps(model: Any) -> bool:
    """Return whether a model can go on from bytes: a rule to stop early would begin anew."""
    return not _has_rule(model)


def _loaded(model: bytes) -> Any:
    booster = xgboost.Booster()
    booster.load_model(bytearray(model))
    return booster


def shown(request: GrowthRequest, booster: Any) -> Any:
    """Return an estimator that predicts as a model does that is still trained."""
    found = copy(request.model)
    found.__class__ = type("StandingModel", (Standing, type(found)), {})
    rows = None if request.valid is None else request.valid[0]
    found.booster_of_now = (
        Remembering(booster, _matrix(found, rows), rows) if _is_plain(found, rows) else booster
    )
    return found


def _is_plain(model: Any, rows: Any) -> bool:
    """Return whether rows are numbers in memory, whose predictions by trees xgboost keeps for a matrix."""
    on_cpu, trees = model.device in (None, "cpu"), model.booster in (None, "gbtree")
    return isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind in "biuf" and on_cpu and trees


def _matrix(model: Any, rows: Any) -> Any:
    """Return rows as an estimator of xgboost's hands them over."""
    return xgboost.DMatrix(
        rows,
        missing=model.missing,
        nthread=model.n_jobs,
        feature_types=model.feature_types,
        enable_categorical=model.enable_categorical,
    )


def change(booster: Any, changed: Mapping[str, Any]) -> None:
    """Give a model that is trained new params."""
    booster.set_param(dict(changed))


def left(model: Any) -> int:
    """Return how many rounds a model predicts with."""
    booster = model.get_booster()
    best = booster.attr("best_iteration")
    return int(booster.num_boosted_rounds()) if best is None else int(best) + 1


def small(model: Any, n_rounds: int) -> Any:
    """Return a model, as it is, with so many rounds and nothing that fits its own data alone."""
    return model.set_params(**dict.fromkeys(OF_ITS_DATA), n_estimators=n_rounds, n_jobs=1, device=None)


def of_fit(model: Any, n_rows: int) -> dict[str, Any]:
    """Return what a fit needs besides data."""
    return {"qid": np.zeros(n_rows, int)} if isinstance(model, xgboost.XGBRanker) else {}


def live(model: Any) -> frozenset[str]:
    """Return the params that rounds read."""
    return LIVE.get(model.get_params().get("booster"), TREES)


def _has_rule(model: Any) -> bool:
    by_callback = any(isinstance(one, EarlyStopping) for one in model.callbacks or ())
    return model.early_stopping_rounds is not None or by_callback


WAY = Way(
    library="xgboost",
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
