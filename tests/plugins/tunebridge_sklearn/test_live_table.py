"""The table of the docs says what the installed scikit-learn does with a changed param."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import MiniBatchKMeans
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.naive_bayes import MultinomialNB
from sklearn.neural_network import MLPClassifier

from tests.docs.tables import check_table
from tunebridge.training.tries import has_others, reason_against
from tunebridge_sklearn.live import faults
from tunebridge_sklearn.twin import Unit

MODELS: list[tuple[str, BaseEstimator]] = [
    ("`MLPClassifier`", MLPClassifier((8,))),
    *(
        (f'`SGDClassifier("{rate}")`', SGDClassifier(learning_rate=rate, eta0=0.1))
        for rate in ("constant", "adaptive", "optimal", "invscaling")
    ),
    ("`SGDRegressor`", SGDRegressor()),
    ("`Perceptron`", Perceptron(penalty="elasticnet")),
    ("`MultinomialNB`", MultinomialNB()),
    ("`MiniBatchKMeans`", MiniBatchKMeans()),
    ("`MLPClassifier`", MLPClassifier((8,), warm_start=True)),
    ("`RandomForestClassifier`", RandomForestClassifier(warm_start=True)),
    ("`BaggingClassifier`", BaggingClassifier(warm_start=True)),
    ("`GradientBoostingClassifier`", GradientBoostingClassifier(warm_start=True)),
    ("`HistGradientBoostingClassifier`", HistGradientBoostingClassifier(warm_start=True)),
]
"""Estimators as people train them step by step."""

PLUMBING = {
    "verbose",
    "n_jobs",
    "warm_start",
    "random_state",
    "copy_X",
    "ccp_alpha",
    "max_iter",
    "n_estimators",
}
"""Params that are no hyperparameters of the training, or say how far it goes."""

EARLY = {"validation_fraction", "n_iter_no_change", "tol", "early_stopping", "max_fun", "scoring"}
"""Params that end a `fit` early."""

STRINGS: dict[str, tuple[str, ...]] = {
    "learning_rate": ("constant", "invscaling"),
    "penalty": ("l1", "l2"),
    "loss": ("log_loss", "modified_huber"),
    "activation": ("tanh", "relu"),
    "solver": ("sgd", "adam"),
    "criterion": ("entropy", "gini"),
}
"""Words that a param may be."""


def row(name: str, model: BaseEstimator) -> tuple[str, str, str, str]:
    warm = model.get_params().get("warm_start")
    seen: dict[str, list[str]] = {"": []}
    unit = Unit.WARM_START if warm else Unit.PARTIAL_FIT
    asked = partial(faults, model, unit=unit, n_features=4, classes=[0, 1, 2])
    for param, value in model.get_params(deep=False).items():
        reason = None if param in PLUMBING | EARLY else against(param, value, asked)
        if reason is not None:
            seen.setdefault(reason.partition("(")[0], []).append(f"`{param}`")
    live = ", ".join(seen.pop("")) or "nothing"
    refused = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in seen.items())
    return name, "`warm_start`" if warm else "`partial_fit`", live, refused


def against(param: str, value: Any, asked: Any) -> str | None:
    """Return why a param cannot change; nothing if it can, None if no value is known that it could have."""
    if has_others(value):
        return reason_against(param, value, asked)
    word = next((word for word in STRINGS.get(param, ()) if isinstance(value, str) and word != value), None)
    reason = None if word is None else asked({param: word}).get(param, "")
    return None if reason and "must be a str among" in reason else reason


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_table_of_the_docs_says_what_scikit_learn_does() -> None:
    rows = [row(name, model) for name, model in MODELS]
    check_table("live-params", "sklearn", ("estimator", "trained by", "live", "refused"), rows)
