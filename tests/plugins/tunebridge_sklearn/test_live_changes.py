"""What `apply` says of a change is what real training on real data does with it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import LatentDirichletAllocation
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import PassiveAggressiveClassifier, SGDClassifier
from sklearn.neural_network import MLPClassifier

import tunebridge as tb
from tunebridge_sklearn import apply, cross_validation

X, y = load_digits(n_class=3, return_X_y=True)
X, y = X[:200] / 16.0, y[:200]
BETWEEN = (X[1:] + X[:-1]) / 2
"""Rows that no tree has seen."""

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer. Maximum iterations")

HONOURED, IGNORED, RAISES, RETROACTIVE, FROZEN = "honoured", "ignored", "raises", "retroactive", "frozen"
"""What training does with a change; frozen is what it would honour, and what makes another model."""

Cell = tuple[BaseEstimator, dict[str, Any], str]


def sgd(rate: str, **params: Any) -> SGDClassifier:
    return SGDClassifier(learning_rate=rate, eta0=0.05, random_state=0, **params)


def mlp(solver: str, **params: Any) -> MLPClassifier:
    return MLPClassifier((6,), solver=solver, random_state=0, **params)


def cells_of_epochs() -> Iterator[Cell]:
    """Yield models that are trained by `partial_fit`."""
    for solver in ("sgd", "adam"):
        yield mlp(solver), {"alpha": 0.5}, HONOURED
        yield mlp(solver), {"batch_size": 13}, HONOURED
        yield mlp(solver), {"activation": "tanh"}, FROZEN
        yield mlp(solver), {"hidden_layer_sizes": (3,)}, FROZEN
        for name, value in (("learning_rate_init", 0.1), ("momentum", 0.2), ("beta_1", 0.2)):
            yield mlp(solver), {name: value}, IGNORED
        yield mlp(solver), {"learning_rate": "invscaling"}, IGNORED
        yield mlp(solver), {"solver": "adam" if solver == "sgd" else "sgd"}, IGNORED
    others = {"constant": "adaptive", "adaptive": "constant", "optimal": "constant", "invscaling": "optimal"}
    for rate, other in others.items():
        reads = rate in ("optimal", "invscaling")
        yield sgd(rate), {"eta0": 0.5}, IGNORED if rate == "optimal" else HONOURED
        yield sgd(rate), {"power_t": 0.1}, HONOURED if rate == "invscaling" else IGNORED
        yield sgd(rate), {"learning_rate": other}, HONOURED if reads else IGNORED
        yield sgd(rate), {"average": True}, RAISES
        yield sgd(rate), {"alpha": 0.5}, HONOURED
        yield sgd(rate), {"loss": "log_loss"}, HONOURED
        yield sgd(rate), {"penalty": "l1"}, HONOURED
    yield sgd("constant"), {"learning_rate": "invscaling"}, HONOURED
    yield MiniBatchKMeans(3, random_state=0), {"n_clusters": 5}, IGNORED
    yield LatentDirichletAllocation(3, random_state=0), {"n_components": 5}, IGNORED


def cells_of_stages() -> Iterator[Cell]:
    """Yield models that are trained by `warm_start`."""
    boosting = GradientBoostingClassifier(random_state=0, subsample=0.9)
    yield boosting, {"learning_rate": 0.5}, RETROACTIVE
    for name, value in (("max_depth", 1), ("subsample", 0.3), ("min_samples_leaf", 20)):
        yield boosting, {name: value}, HONOURED
    histograms = HistGradientBoostingClassifier(early_stopping=False, random_state=0)
    for name, value in (("learning_rate", 0.5), ("max_depth", 1), ("l2_regularization", 9.0)):
        yield histograms, {name: value}, HONOURED
    yield histograms, {"max_bins": 4}, FROZEN
    for forest in (RandomForestClassifier(random_state=0), ExtraTreesClassifier(random_state=0)):
        yield forest, {"max_depth": 1}, HONOURED
        yield forest, {"max_features": 1}, HONOURED
    yield BaggingClassifier(random_state=0), {"max_samples": 0.1}, HONOURED
    for solver in ("sgd", "adam"):
        yield mlp(solver), {"learning_rate_init": 0.1}, HONOURED


def train(model: BaseEstimator, by: str, n_units: int) -> None:
    """Train a model for some more units."""
    for _ in range(n_units):
        if by == "epochs":
            labels = (
                {"classes": np.unique(y)} if is_classifier(model) and not hasattr(model, "classes_") else {}
            )
            model.partial_fit(X, y, **labels)
        else:
            name = "max_iter" if hasattr(model, "max_iter") else "n_estimators"
            there = model.get_params()[name] if hasattr(model, "classes_") else 0
            step = 2 if isinstance(model, MLPClassifier) else there + 2
            model.set_params(warm_start=True, **{name: step}).fit(X, y)


def shown(model: BaseEstimator) -> Any:
    names = ("decision_function", "predict_proba", "transform", "predict")
    return np.asarray(getattr(model, next(name for name in names if hasattr(model, name)))(BETWEEN))


def outcome(model: BaseEstimator, by: str, changed: dict[str, Any]) -> str:
    """Return what training makes of a change that scikit-learn's own `set_params` has made."""
    touched, untouched = deepcopy(model).set_params(**changed), deepcopy(model)
    if not np.array_equal(shown(touched), shown(untouched)):
        return RETROACTIVE
    train(untouched, by, 2)
    try:
        train(touched, by, 2)
    except (AttributeError, ValueError):
        return RAISES
    return IGNORED if np.array_equal(shown(touched), shown(untouched)) else HONOURED


CELLS = [
    *(("epochs", *cell) for cell in cells_of_epochs()),
    *(("stages", *cell) for cell in cells_of_stages()),
]


@pytest.mark.parametrize(
    ("by", "estimator", "changed", "expected"),
    CELLS,
    ids=[f"{by}-{type(one).__name__}-{changed}" for by, one, changed, _ in CELLS],
)
def test_what_training_honours_is_applied_and_what_it_would_not_is_refused_by_name(
    by: str, estimator: BaseEstimator, changed: dict[str, Any], expected: str
) -> None:
    model = clone(estimator)
    train(model, by, 2)
    if expected != FROZEN:
        assert outcome(model, by, changed) == expected
    if expected == HONOURED:
        by_hand = deepcopy(model).set_params(**changed)
        apply(model, changed)
        for one in (model, by_hand):
            train(one, by, 2)
        assert np.array_equal(shown(model), shown(by_hand))
    else:
        before = model.get_params()
        with pytest.raises(tb.LiveParamError, match=f"cannot take {next(iter(changed))}: ") as caught:
            apply(model, changed)
        assert caught.value.hint
        assert model.get_params() == before


@pytest.mark.filterwarnings("ignore:Class PassiveAggressiveClassifier is deprecated:FutureWarning")
def test_passive_aggressive_ignores_c_and_so_apply_refuses_it() -> None:
    model = PassiveAggressiveClassifier(C=0.01, random_state=0).partial_fit(X, y, classes=np.unique(y))
    assert outcome(model, "epochs", {"C": 1.0}) == IGNORED
    with pytest.raises(tb.LiveParamError, match="C: its training does not read it any more"):
        apply(model, {"C": 1.0})


def test_a_rate_that_depends_on_steps_starts_at_those_that_were_taken() -> None:
    """SGD counts steps over all calls: the rate of now, not that of a first step, follows a change."""
    model = sgd("constant", shuffle=False, alpha=1e-12)
    train(model, "epochs", 3)
    n_steps, before = model.t_, model.coef_.copy()
    apply(model, {"learning_rate": "invscaling", "power_t": 1.0, "eta0": 0.05})
    model.partial_fit(X[:1], y[:1])
    assert model.t_ == n_steps + 1
    moved = np.abs(model.coef_ - before)
    assert moved.max() <= 0.05 / n_steps * np.abs(X[:1]).max() * 1.001


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(4, random_state=0),
        BaggingClassifier(n_estimators=4, random_state=0),
        GradientBoostingClassifier(n_estimators=4, random_state=0),
        HistGradientBoostingClassifier(max_iter=4, early_stopping=False, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_fewer_trees_than_there_are_is_refused_and_more_are_taken(model: BaseEstimator) -> None:
    name = "max_iter" if hasattr(model, "max_iter") else "n_estimators"
    grown = clone(model).set_params(warm_start=True).fit(X, y)
    fewer = deepcopy(grown).set_params(**{name: 2})
    with pytest.raises(ValueError, match="must be larger"):
        fewer.fit(X, y)
    with pytest.raises(tb.LiveParamError, match=f"{name}: there are 4 already"):
        apply(grown, {name: 2})
    with pytest.raises(tb.LiveParamError, match=f"{name}' parameter"):
        apply(grown, {name: "many"})
    apply(grown, {name: 4})
    apply(grown, {name: 6})
    assert np.array_equal(shown(grown.fit(X, y)), shown(clone(model).set_params(**{name: 6}).fit(X, y)))


def test_the_limit_of_each_fit_may_fall_below_what_was_trained() -> None:
    model = mlp("adam", warm_start=True, max_iter=5).fit(X, y)
    apply(model, {"max_iter": 2})
    assert model.fit(X, y).n_iter_ == 2


def test_an_integer_seed_begins_anew_in_each_epoch_and_a_searchs_models_do_not() -> None:
    """With it all epochs would visit the rows in one order."""
    once, anew = sgd("constant"), sgd("constant").set_params(random_state=np.random.RandomState(0))
    train(once, "epochs", 3)
    train(anew, "epochs", 3)
    assert not np.array_equal(once.coef_, anew.coef_)
    searched = tb.tune(
        cross_validation_of(sgd("constant", max_iter=3, tol=None)), backend="sklearn:grid", n_trials=1, seed=0
    )
    by_hand = [clone(anew).set_params(random_state=np.random.RandomState(0), alpha=0.01) for _ in SPLITS]
    for model, (rows, _) in zip(by_hand, SPLITS, strict=True):
        for _ in range(3):
            model.partial_fit(X[rows], y[rows], classes=np.unique(y))
    scores = [model.score(X[rows], y[rows]) for model, (_, rows) in zip(by_hand, SPLITS, strict=True)]
    assert searched.best_value == pytest.approx(np.mean(scores))


ROWS = np.arange(len(X))
SPLITS = [(ROWS[fold != ROWS % 3], ROWS[fold == ROWS % 3]) for fold in range(3)]


def cross_validation_of(model: BaseEstimator) -> tb.Problem:
    space = tb.Space(alpha=tb.Categorical([0.01]))
    return cross_validation(model, X, y, space, cv=SPLITS, feedback="epochs")
