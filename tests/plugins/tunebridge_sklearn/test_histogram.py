"""Histogram boosting grows by rounds into what one fit makes of it, to the last bit."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.metrics import make_scorer, recall_score
from sklearn.model_selection import StratifiedKFold, cross_val_score

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_boosting import training
from tunebridge_sklearn import TuneSearchCV
from tunebridge_sklearn.private import BIN

X, Y = load_breast_cancer(return_X_y=True)
DIGITS, CLASSES = (part[::6] for part in load_digits(return_X_y=True))
HOLES = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)
KINDS = pd.DataFrame({"a": X[:, 0], "kind": pd.Categorical((X[:, 1] // 4).astype(int))})
LARGE = np.random.default_rng(1).normal(size=(200_002, 1))
WEIGHTS = np.linspace(0.1, 2.0, len(Y))
FEW = X[:, :3]
"""Of scikit-learn 1.9, binning with weights takes seconds for 30 features."""

SMALL: dict[str, Any] = {"max_leaf_nodes": 5, "random_state": 3}
CLASSIFIERS: dict[str, tuple[dict[str, Any], Any, Any, dict[str, Any]]] = {
    "none": ({}, X, Y, {}),
    "columns": ({"max_features": 0.3}, X, Y, {}),
    "columns of ten classes": ({"max_features": 0.2}, DIGITS, CLASSES, {}),
    "bins of some rows": ({"max_bins": 20, "early_stopping": False}, LARGE, LARGE[:, 0] ** 2 > 0.5, {}),
    "weights": ({"max_features": 0.5, "max_bins": 8}, FEW, Y, {"sample_weight": WEIGHTS}),
    "balanced": ({"class_weight": "balanced", "max_bins": 8}, FEW, Y, {"sample_weight": WEIGHTS}),
    "categories": ({"max_features": 0.5}, KINDS, Y, {}),
    "named categories": ({"categorical_features": [0]}, DIGITS, CLASSES, {}),
    "holes": ({"max_features": 0.5}, HOLES, Y, {}),
    "constraints": ({"monotonic_cst": [1] * 30, "interaction_cst": "no_interactions"}, X, Y, {}),
    "a generator": ({"max_features": 0.3, "random_state": np.random.RandomState(5)}, X, Y, {}),
}
LOSSES: dict[str, dict[str, Any]] = {
    "squared_error": {},
    "absolute_error": {"max_features": 0.3},
    "quantile": {"quantile": 0.7, "max_features": 0.3},
    "gamma": {"max_features": 0.3},
    "poisson": {"max_features": 0.3},
}
RULES: dict[str, dict[str, Any]] = {
    "loss": {},
    "a name": {"scoring": "accuracy"},
    "a scorer": {"scoring": make_scorer(recall_score)},
    "training rows": {"validation_fraction": None, "tol": 0.01},
    "columns": {"max_features": 0.3},
}


def classifier(n_rounds: int, **more: Any) -> Any:
    return HistGradientBoostingClassifier(**{**SMALL, **more, "max_iter": n_rounds})


def begun(model: Any, X: Any, y: Any, valid: Any = None, state: Any = None, **params: Any) -> tb.Growth:
    spec = tb.grower_of(model)
    assert spec is not None
    assert spec.name == "histogram"
    return spec.begin(tb.GrowthRequest(model=model, X=X, y=y, params=params, valid=valid, state=state))


def halves() -> list[tuple[Any, Any]]:
    rows = np.arange(len(X)) % 2 == 0
    return [(X[rows], Y[rows]), (X[~rows], Y[~rows])]


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_two_that_grow_in_turns_are_after_each_stop_what_one_fit_of_as_many_rounds_is(kind: str) -> None:
    options, rows, y, params = CLASSIFIERS[kind]
    growths = [begun(clone(classifier(9, **options)), rows, y, **params) for _ in range(2)]
    for n_rounds in (1, 4, 9):
        whole = clone(classifier(n_rounds, **options)).fit(rows, y, **params)
        for growth in growths:
            found = growth.grow(n_rounds)
            assert np.array_equal(found.predict_proba(rows[:999]), whole.predict_proba(rows[:999]))
    assert all(growth.is_over for growth in growths)
    assert all(growth.n_rounds is None for growth in growths)


@pytest.mark.parametrize("kind", ["columns", "weights", "holes"])
def test_rows_are_binned_once_and_nothing_of_that_stays_in_the_model(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, rows, y, params = CLASSIFIERS[kind]
    whole = clone(classifier(9, **options)).fit(rows, y, **params)
    binned: list[bool] = []
    plain = getattr(HistGradientBoostingClassifier, BIN)

    def counted(model: Any, X: Any, sample_weight: Any, is_training_data: bool) -> Any:
        binned.append(is_training_data)
        return plain(model, X, sample_weight, is_training_data)

    monkeypatch.setattr(HistGradientBoostingClassifier, BIN, counted)
    growth = begun(clone(classifier(9, **options)), rows, y, **params)
    for n_rounds in (1, 4, 9):
        found = growth.grow(n_rounds)
        assert vars(found).keys() == vars(whole).keys()
    loaded = pickle.loads(pickle.dumps(growth.grow(9)))
    assert np.array_equal(loaded.predict_proba(rows), whole.predict_proba(rows))
    assert binned == [True]


def test_a_scorer_that_asks_for_training_rows_gets_them_as_one_fit_has_them() -> None:
    train, valid = halves()
    options = {"early_stopping": True, "scoring": make_scorer(recall_score), "n_iter_no_change": 50}
    whole = classifier(12, **options).fit(*train, X_val=valid[0], y_val=valid[1])
    growth = begun(classifier(12, **options), *train, valid=valid)
    for n_rounds in (2, 5):
        growth.grow(n_rounds)
    found = growth.grow(12)
    assert np.array_equal(found.train_score_, whole.train_score_)
    assert np.array_equal(found.validation_score_, whole.validation_score_)


def test_a_training_that_failed_leaves_nothing_in_the_model() -> None:
    growth = begun(classifier(9), X, Y)
    model = growth.grow(3)
    growth.change({"learning_rate": "fast"})
    with pytest.raises(ValueError, match="learning_rate"):
        growth.grow(6)
    assert BIN not in vars(model)


@pytest.mark.parametrize("loss", LOSSES)
def test_regressors_grow_too(loss: str) -> None:
    def made(n_rounds: int) -> Any:
        return HistGradientBoostingRegressor(**SMALL, **LOSSES[loss], loss=loss, max_iter=n_rounds)

    growth = begun(made(9), X, X[:, 0])
    for n_rounds in (4, 9):
        assert np.array_equal(growth.grow(n_rounds).predict(X), made(n_rounds).fit(X, X[:, 0]).predict(X))


def test_the_estimator_itself_is_fitted_and_has_the_params_that_it_began_with() -> None:
    model = classifier(9)
    growth = begun(model, X, Y)
    assert growth.grow(3) is model
    growth.change({"learning_rate": 0.5})
    assert growth.grow(9) is model
    assert model.get_params() == classifier(9).get_params()
    by_hand = classifier(3, warm_start=True).fit(X, Y)
    by_hand.set_params(max_iter=9, learning_rate=0.5).fit(X, Y)
    assert np.array_equal(model.predict_proba(X), by_hand.predict_proba(X))


@pytest.mark.parametrize("every", [1, 4, 7, 10])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_to_stop_early_stops_where_it_stops_one_fit(rule: str, every: int) -> None:
    train, valid = halves()
    options = {"early_stopping": True, "n_iter_no_change": 3, "learning_rate": 0.3, **RULES[rule]}
    given = {} if rule == "training rows" else {"X_val": valid[0], "y_val": valid[1]}
    whole = classifier(300, **options).fit(*train, **given)
    growth = begun(classifier(300, **options), *train, valid=valid)
    found, step = None, 0
    while not growth.is_over:
        assert growth.n_rounds is None
        step += every
        found = growth.grow(step)
    assert found is not None
    assert growth.n_rounds == whole.n_iter_ < 300
    assert np.array_equal(found.predict_proba(X), whole.predict_proba(X))


def test_automatic_stopping_holds_for_many_rows_and_without_validation_rows_it_is_put_aside() -> None:
    rows = np.resize(FEW, (10_001, 3))
    y = np.resize(Y, 10_001)
    options: dict[str, Any] = {"n_iter_no_change": 1, "tol": 10.0}
    growth = begun(classifier(9, **options), rows, y, valid=(FEW, Y))
    growth.grow(9)
    assert growth.n_rounds == 1
    growth = begun(classifier(9, **options), X, Y, valid=(X, Y))
    growth.grow(9)
    assert growth.n_rounds is None
    aside = begun(classifier(9, **options), rows, y).grow(9)
    assert (aside.n_iter_, aside.early_stopping) == (9, False)


def test_rows_that_fit_is_given_take_the_place_of_the_folds_own() -> None:
    train, valid = halves()
    options = {"early_stopping": True, "learning_rate": 0.3}
    own = {"X_val": X[:50], "y_val": Y[:50]}
    found = begun(classifier(300, **options), *train, valid=valid, **own).grow(300)
    whole = classifier(300, **options).fit(*train, **own)
    assert np.array_equal(found.predict_proba(X), whole.predict_proba(X))


def test_one_that_goes_on_from_its_state_is_the_one_that_never_stopped() -> None:
    train, valid = halves()
    options = {"max_features": 0.3, "early_stopping": True, "learning_rate": 0.05, "n_iter_no_change": 4}
    first = begun(classifier(200, **options), *train, valid=valid)
    first.grow(7)
    assert isinstance(first, tb.Resumable)
    state = pickle.loads(pickle.dumps(first.state()))
    again = begun(classifier(200, **options), *train, valid=valid, state=state)
    assert np.array_equal(again.grow(200).predict_proba(X), first.grow(200).predict_proba(X))
    assert again.n_rounds == first.n_rounds


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"max_iter": 50}, "planned"),
        ({"tol": 0.1}, "planned"),
        ({"loss": "gamma"}, "another loss"),
        ({"max_bins": 9}, "other bins"),
        ({"learning_rate": -1.0}, "learning_rate"),
    ],
)
def test_what_rounds_do_not_read_cannot_change(changed: dict[str, Any], said: str) -> None:
    model = HistGradientBoostingRegressor(categorical_features=["a"], random_state=0)
    spec = tb.grower_of(model)
    assert spec is not None
    (reason,) = spec.faults(model, changed).values()
    assert said in reason
    assert spec.faults(model, {"learning_rate": 0.5}) == {}


def test_other_boosting_and_subclasses_that_train_otherwise_are_not_taken() -> None:
    class Same(HistGradientBoostingClassifier):  # type: ignore[misc]
        def __init__(self, max_iter: int = 7) -> None:
            super().__init__(max_iter=max_iter)

    class Other(HistGradientBoostingClassifier):  # type: ignore[misc]
        def fit(self, X: Any, y: Any, **more: Any) -> Any:
            return super().fit(X, y, **more)

    assert tb.grower_of(GradientBoostingClassifier()) is None
    assert tb.grower_of(Other()) is None
    spec = tb.grower_of(Same())
    assert spec is not None
    assert spec.rounds(Same()) == 7


RATES = tb.Space(learning_rate=tb.Categorical([0.3, 0.01, 0.1]))
CV = StratifiedKFold(2, shuffle=True, random_state=0)


def searched(model: Any, **more: Any) -> TuneSearchCV:
    settings: dict[str, Any] = {"backend": "sklearn:random", "n_trials": 3, "cv": CV, "random_state": 0}
    found: TuneSearchCV = TuneSearchCV(model, RATES, **{**settings, **more}).fit(X, Y)
    return found


def test_a_search_judges_by_rounds_and_prunes_the_folds_together() -> None:
    store = MemoryStore()
    model = classifier(25, max_features=0.3)
    pruner = tb.pruner("median", n_startup_trials=1)
    found = searched(model, pruner=pruner, storage=store, study="s")
    trials = tb.load_study(store, "s").trials
    assert [report.step for report in trials[0].reports] == [10, 20, 25]
    assert any(trial.state.name == "PRUNED" for trial in trials)
    alone = clone(model).set_params(**trials[0].params)
    assert trials[0].value == np.mean(cross_val_score(alone, X, Y, cv=CV))
    whole = clone(model).set_params(**found.best_params_).fit(X, Y)
    assert np.array_equal(found.predict_proba(X), whole.predict_proba(X))


def test_a_search_that_stops_early_trains_the_best_model_with_the_mean_of_the_rounds() -> None:
    model = classifier(300, early_stopping=True, n_iter_no_change=2)
    found = searched(model, n_trials=1, feedback="rounds")
    assert found.best_estimator_.n_iter_ == found.best_estimator_.max_iter == found.best_rounds_ < 300
    assert not found.best_estimator_.early_stopping
    rounds = []
    for rows, valid in CV.split(X, Y):
        one = clone(model).set_params(**found.best_params_)
        one.fit(X[rows], Y[rows], X_val=X[valid], y_val=Y[valid])
        rounds.append(one.n_iter_)
    assert found.best_rounds_ == round(float(np.mean(rounds)))


def test_a_search_that_lets_candidates_wait_is_one_of_candidates_that_never_waited() -> None:
    found = searched(
        classifier(25, max_features=0.3),
        pruner=tb.pruner("asha", min_resource=10, reduction_factor=2, resume=True),
        n_trials=4,
    )
    whole = clone(classifier(25, max_features=0.3)).set_params(**found.best_params_)
    assert found.cv_results_["pruned"].any()
    assert found.best_score_ == np.mean(cross_val_score(whole, X, Y, cv=CV))


def test_an_objective_grows_one_too() -> None:
    train, valid = halves()
    objective = training(lambda trial: classifier(15, **trial), train=train, valid=valid)
    problem = tb.Problem(objective, RATES, direction="maximize")
    (trial,) = tb.tune(problem, backend="sklearn:random", n_trials=1, seed=0).trials
    assert [report.step for report in trial.reports] == [10, 15]
    assert trial.value == classifier(15, **trial.params).fit(*train).score(*valid)
