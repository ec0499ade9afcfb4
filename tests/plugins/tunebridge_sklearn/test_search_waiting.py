"""Candidates that wait at a checkpoint: those by epochs and stages can, others are refused at once."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from xgboost import XGBClassifier

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneSearchCV, cross_validation

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:90] / 16.0, Y[:90]
WAITING = tb.pruner("asha", resume=True)
FOREST = RandomForestClassifier(n_estimators=4, random_state=0)
BOOSTER = XGBClassifier(n_estimators=12, n_jobs=1)
DEPTHS = tb.Space(max_depth=tb.Int(1, 3))


class Unfittable(XGBClassifier):
    """Shows that nothing is trained."""

    def fit(self, X: Any, y: Any, **params: Any) -> Unfittable:
        raise AssertionError("a trial has begun")


@pytest.mark.parametrize(
    ("estimator", "feedback", "named"),
    [
        (Unfittable(n_estimators=12), "auto", "rounds"),
        (Unfittable(n_estimators=12), "rounds", "rounds"),
        (Unfittable(n_estimators=12), "folds", "folds"),
        (RandomForestClassifier(), "auto", "folds"),
    ],
)
def test_a_search_that_writes_no_checkpoint_is_refused_before_its_first_trial_and_none_is_stored(
    estimator: BaseEstimator, feedback: str, named: str
) -> None:
    store = MemoryStore()
    search = TuneSearchCV(
        estimator,
        DEPTHS,
        backend="sklearn:random",
        pruner=WAITING,
        feedback=feedback,
        n_trials=4,
        cv=2,
        storage=store,
        study="waits",
    )
    with pytest.raises(tb.UnsupportedError) as caught:
        search.fit(X, Y)
    said = f'feedback="{named}" writes none, only feedback="epochs" and feedback="stages" do'
    assert caught.value.message == f"{WAITING!r} lets trials wait at a checkpoint, and {said}"
    assert "leave resume out" in caught.value.hint
    assert store.studies() == []


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (FOREST, DEPTHS),
        (SGDClassifier(max_iter=4, tol=None, random_state=0), tb.Space(alpha=tb.Float(1e-5, 0.1, log=True))),
    ],
)
def test_a_search_by_stages_or_epochs_waits(estimator: BaseEstimator, space: tb.Space) -> None:
    search = TuneSearchCV(
        estimator, space, backend="sklearn:random", pruner=WAITING, n_trials=6, cv=2, random_state=0
    )
    assert search.fit(X, Y).cv_results_["pruned"].any()


@pytest.mark.parametrize("feedback", ["folds", "rounds"])
def test_a_population_of_what_writes_no_checkpoint_is_refused(feedback: str) -> None:
    problem = cross_validation(
        BOOSTER, X, Y, tb.Space(learning_rate=tb.Float(0.01, 0.5)), cv=2, feedback=feedback
    )
    with pytest.raises(tb.UnsupportedError, match=f'feedback="{feedback}" writes none'):
        tb.tune(problem, n_trials=2, population=tb.Population(size=2, every=1), backend="sklearn:random")
