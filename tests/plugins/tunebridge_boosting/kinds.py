"""Boosters by library and kind of random sampling, and real data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer, load_digits
from xgboost import XGBClassifier

CANCER = load_breast_cancer(return_X_y=True)
DIGITS = tuple(part[::9] for part in load_digits(return_X_y=True))
"""Every ninth row: ten classes."""

DATA = {"breast cancer": CANCER, "digits": DIGITS}

SMALL: dict[str, dict[str, Any]] = {
    "xgboost": {"n_jobs": 1, "random_state": 3, "max_depth": 3},
    "lightgbm": {"n_jobs": 1, "random_state": 3, "num_leaves": 7, "verbose": -1},
    "catboost": {
        "depth": 3,
        "thread_count": 1,
        "random_seed": 3,
        "verbose": 0,
        "allow_writing_files": False,
    },
}
"""What makes them quick, and silent."""

MODELS: dict[str, Callable[..., Any]] = {"xgboost": XGBClassifier, "lightgbm": LGBMClassifier}

SAMPLINGS: dict[str, dict[str, dict[str, Any]]] = {
    "xgboost": {
        "none": {},
        "rows": {"subsample": 0.5},
        "columns": {"colsample_bytree": 0.5, "colsample_bylevel": 0.7, "colsample_bynode": 0.7},
        "dart": {"booster": "dart", "rate_drop": 0.3, "subsample": 0.7},
        "forests": {"num_parallel_tree": 2, "subsample": 0.5},
        "exact": {"tree_method": "exact", "subsample": 0.5},
        "approx": {"tree_method": "approx", "subsample": 0.5, "colsample_bytree": 0.5},
        "lossguide": {"grow_policy": "lossguide", "max_leaves": 4, "subsample": 0.5},
        "linear": {"booster": "gblinear", "max_depth": None},
    },
    "lightgbm": {
        "none": {},
        "bagging": {"subsample": 0.5, "subsample_freq": 1},
        "bagging each third": {"subsample": 0.5, "subsample_freq": 3},
        "balanced bagging": {"pos_bagging_fraction": 0.5, "neg_bagging_fraction": 0.7, "subsample_freq": 1},
        "features": {"colsample_bytree": 0.5, "feature_fraction_bynode": 0.5},
        "goss": {"data_sample_strategy": "goss"},
        "dart": {"boosting_type": "dart"},
        "forest": {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
        "extra trees": {"extra_trees": True},
        "quantised": {"use_quantized_grad": True},
    },
}
"""By library, every kind of random sampling, and what draws otherwise beside it."""

KINDS = [(library, kind) for library, kinds in SAMPLINGS.items() for kind in kinds]


def made(library: str, n_rounds: int, **more: Any) -> Any:
    """Return a model."""
    return MODELS[library](**{**SMALL[library], **more, "n_estimators": n_rounds})


def halves(data: Any) -> list[tuple[Any, Any]]:
    """Return two halves of some data."""
    X, y = data
    rows = np.arange(len(X))
    return [(X[rows % 2 == one], y[rows % 2 == one]) for one in (0, 1)]
