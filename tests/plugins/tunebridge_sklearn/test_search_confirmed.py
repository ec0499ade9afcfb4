"""A search whose best candidates are confirmed on other splits: which splits, and what is best then."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

X, Y = load_iris(return_X_y=True)
X = np.random.default_rng(0).normal(scale=1.5, size=X.shape) + X
TREE = DecisionTreeClassifier(random_state=0)
SPACE = tb.Space(max_depth=tb.Int(1, 8), min_samples_leaf=tb.Int(1, 20))


def search(**settings: Any) -> Any:
    defaults: dict[str, Any] = {
        "backend": "sklearn:random",
        "n_trials": 12,
        "random_state": 0,
        "cv": 3,
        "confirm": {"top": 3, "splits": 4},
    }
    return TuneSearchCV(TREE, SPACE, **{**defaults, **settings})


def test_finalists_are_scored_on_fresh_splits_and_the_winner_is_refitted() -> None:
    found = search().fit(X, Y)
    confirmed = found.confirmation_
    for one in confirmed.finalists:
        model = clone(TREE).set_params(**one.params)
        again = [
            fmean(cross_val_score(model, X, Y, cv=StratifiedKFold(3, shuffle=True, random_state=seed)))
            for seed in confirmed.seeds
        ]
        assert one.values == pytest.approx(again)
    assert found.best_params_ == confirmed.winner.params
    assert found.cv_results_["params"][found.best_index_] == found.best_params_
    assert found.best_score_ == found.cv_results_["mean_test_score"][found.best_index_]
    assert found.best_estimator_.get_params() == clone(TREE).set_params(**found.best_params_).get_params()
    assert found.predict(X).shape == Y.shape
    ranked = np.argsort(found.cv_results_["rank_test_score"], kind="stable")
    assert confirmed.finalists[0].tuned_value == found.cv_results_["mean_test_score"][ranked[0]]


def test_what_is_found_before_is_what_a_search_without_it_finds() -> None:
    plain, confirmed = search(confirm=None).fit(X, Y), search().fit(X, Y)
    assert plain.cv_results_["params"] == confirmed.cv_results_["params"]
    assert list(plain.cv_results_["mean_test_score"]) == list(confirmed.cv_results_["mean_test_score"])
    assert plain.best_score_ == confirmed.confirmation_.best_value


def test_a_winner_that_was_not_the_first_takes_its_place() -> None:
    found = next(
        one
        for one in (search(random_state=seed).fit(X, Y) for seed in range(20))
        if one.best_index_ != np.argmax(one.cv_results_["mean_test_score"])
    )
    assert found.cv_results_["rank_test_score"][found.best_index_] >= 1
    assert found.best_params_ == found.confirmation_.winner.params
    assert found.best_params_ != found.confirmation_.finalists[0].params


@pytest.mark.parametrize(
    "cv", [None, 4, KFold(3, shuffle=True, random_state=1), ShuffleSplit(3, random_state=0)]
)
def test_splitters_that_draw_draw_anew(cv: Any) -> None:
    found = search(cv=cv, confirm=2).fit(X, Y)
    assert len(found.confirmation_.seeds) == 10
    assert len(found.confirmation_.finalists) == 2
    assert not found.confirmation_.is_deterministic
    assert cv is None or repr(cv) == repr(search(cv=cv).cv)


def test_groups_and_several_metrics_go_along() -> None:
    groups = np.arange(len(Y)) % 10
    cv = GroupKFold(3, shuffle=True, random_state=0)
    found = search(cv=cv, scoring=["accuracy", "f1_macro"], refit="f1_macro").fit(X, Y, groups=groups)
    best = max(found.cv_results_["mean_test_f1_macro"])
    assert found.confirmation_.best_value == pytest.approx(best)
    assert found.best_score_ == found.cv_results_["mean_test_f1_macro"][found.best_index_]


def test_a_regression_is_split_without_strata() -> None:
    data, target = make_regression(60, 5, noise=20.0, random_state=0)
    found = TuneSearchCV(
        Ridge(), {"alpha": [0.01, 1.0, 100.0]}, backend="sklearn:grid", n_trials=None, cv=3, confirm=2
    ).fit(data, target)
    assert found.confirmation_.winner.params == found.best_params_


def test_a_stored_search_keeps_its_repeats_and_goes_on_with_them(new_store: Callable[[str], str]) -> None:
    url = new_store("sqlite")
    first = search(storage=url, study="trees").fit(X, Y)
    again = search(storage=url, study="trees").fit(X, Y)
    assert again.confirmation_ == first.confirmation_
    assert len(tb.load_study(url, "trees/confirmed").trials) == first.confirmation_.n_evaluated
    more = search(storage=url, study="trees", confirm={"top": 3, "splits": 5}).fit(X, Y)
    assert len(more.confirmation_.seeds) == 5
    assert len(tb.load_study(url, "trees/confirmed@2").trials) == 3


def test_a_fit_without_it_forgets_what_one_before_has_confirmed() -> None:
    found = search().fit(X, Y)
    found.set_params(confirm=None).fit(X, Y)
    assert not hasattr(found, "confirmation_")


@pytest.mark.parametrize(
    "cv", [KFold(3), TimeSeriesSplit(3), LeaveOneOut(), GroupKFold(3), [*KFold(3).split(X)]]
)
def test_splits_that_are_always_the_same_are_refused_with_the_next_step(cv: Any) -> None:
    with pytest.raises(ValueError, match="confirm needs other splits than those that chose") as caught:
        search(cv=cv).fit(X, Y, **({"groups": np.arange(len(Y))} if isinstance(cv, GroupKFold) else {}))
    assert "shuffle=True" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("given", [True, 0, {"top": 0}, {"splits": 1}, {"seeds": 4}, {"top": 2.0}])
def test_what_is_no_number_of_candidates_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="confirm"):
        search(confirm=given).fit(X, Y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"refit": lambda results: 0}, "refit, which is a function"),
        ({"backend": "sklearn:halving-random"}, "confirm has no meaning for sklearn:halving-random"),
        ({"join": True, "storage": "sqlite:///joined.db", "study": "a"}, "fit it once more with join=False"),
    ],
)
def test_what_cannot_be_confirmed_is_refused_before_anything_is_run(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        search(**settings).fit(X, Y)
