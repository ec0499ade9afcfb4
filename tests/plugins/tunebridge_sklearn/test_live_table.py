"""The table of the docs says what the installed scikit-learn does with a changed param."""

from __future__ import annotations

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
from tunebridge_sklearn.live import faults, other_value
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
    for param, value in model.get_params(deep=False).items():
        changed = None if param in PLUMBING | EARLY else another(param, value)
        if changed is not None:
            unit = Unit.WARM_START if warm else Unit.PARTIAL_FIT
            found = faults(model, {param: changed}, unit, n_features=4, classes=[0, 1, 2])
            reason = found.get(param, "").partition("(")[0]
            if "must be a str among" not in reason:
                seen.setdefault(reason, []).append(f"`{param}`")
    live = ", ".join(seen.pop("")) or "nothing"
    refused = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in seen.items())
    return name, "`warm_start`" if warm else "`partial_fit`", live, refused


def another(param: str, value: Any) -> Any:
    if isinstance(value, str):
        return next((word for word in STRINGS.get(param, ()) if word != value), None)
    return other_value(value) if isinstance(value, int | float) else None


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_table_of_the_docs_says_what_scikit_learn_does() -> None:
    rows = [row(name, model) for name, model in MODELS]
    check_table("live-params", "sklearn", ("estimator", "trained by", "live", "refused"), rows)
