"""What a search is as an estimator: fitted or not, copied, pickled, shown, named, silent or not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import expon
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV

X, Y = load_iris(return_X_y=True)
C = tb.Space(C=tb.Float(0.1, 10.0, log=True))


def search(estimator: Any = None, space: Any = C, **more: Any) -> TuneSearchCV:
    settings = {"n_trials": 3, "cv": 2, "random_state": 0, **more}
    return TuneSearchCV(SVC() if estimator is None else estimator, space, **settings)


@pytest.mark.parametrize("use", [lambda of: of.predict(X), lambda of: of.score(X, Y), check_is_fitted])
def test_use_before_fit_is_a_not_fitted_error(use: Callable[[Any], object]) -> None:
    with pytest.raises(NotFittedError, match="This TuneSearchCV instance is not fitted yet"):
        use(search())


def test_methods_are_those_of_the_estimator() -> None:
    of = search()
    assert not hasattr(of, "predict_proba"), "SVC() has none"
    assert hasattr(search(GaussianNB(), {}), "predict_proba")
    assert not hasattr(of, "transform")
    assert hasattr(search(make_pipeline(PCA()), {}), "transform")
    unrefitted = search(refit=False).fit(X, Y)
    with pytest.raises(AttributeError, match="has no attribute 'predict'"):
        unrefitted.predict(X)
    assert unrefitted.best_params_
    assert not hasattr(unrefitted, "best_estimator_")


def test_a_failed_fit_leaves_no_results() -> None:
    of = search(GaussianNB(), {"var_smoothing": [-1.0]})
    with pytest.raises(ValueError, match="fits failed"):
        of.fit(X, Y)
    assert not [name for name in vars(of) if name.startswith(("best_", "cv_results"))]


FULL = {
    "backend": tb.backend("optuna:tpe", n_startup_trials=2),
    "pruner": tb.pruner("median", n_startup_trials=1),
    "feedback": "folds",
    "max_seconds": 60.0,
}


def test_a_copy_has_the_same_params_and_is_not_fitted() -> None:
    of = search(**FULL).fit(X, Y)
    twin = clone(of)
    assert not hasattr(twin, "best_params_")
    assert {name: repr(value) for name, value in twin.get_params().items()} == {
        name: repr(value) for name, value in of.get_params().items()
    }
    assert twin.fit(X, Y).cv_results_["params"] == of.cv_results_["params"]


def test_params_are_those_of_the_signature_and_can_be_set() -> None:
    of = search().set_params(n_trials=1, pruner="asha", estimator__kernel="linear", space={"C": [2.0]})
    assert (of.n_trials, of.pruner, of.estimator.kernel) == (1, "asha", "linear")
    assert of.get_params()["estimator__kernel"] == "linear"
    assert of.fit(X, Y).best_params_ == {"C": 2.0}
    with pytest.raises(ValueError, match="Invalid parameter 'n_iter' for estimator TuneSearchCV"):
        of.set_params(n_iter=3)


@pytest.mark.parametrize("more", [{"backend": "sklearn:random"}, FULL], ids=["at once", "told"])
def test_a_search_survives_pickling_before_and_after_fit(more: dict[str, Any]) -> None:
    fresh = pickle.loads(pickle.dumps(search(**more)))
    fitted = fresh.fit(X, Y)
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict(X), fitted.predict(X))
    assert again.cv_results_["params"] == fitted.cv_results_["params"]
    assert again.score(X, Y) == fitted.score(X, Y)


def test_it_shows_itself_in_text_and_in_html() -> None:
    of = search(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1.0]}, pruner="median")
    assert repr(of).startswith("TuneSearchCV(")
    assert "pruner='median'" in repr(of)
    html = estimator_html_repr(of)
    assert all(name in html for name in ("TuneSearchCV", "StandardScaler", "SVC"))
    shown = estimator_html_repr(of.fit(X, Y))
    assert "best_estimator_" in shown
    assert "Fitted" in shown


def test_names_of_features_and_classes_are_known_after_fit() -> None:
    table = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    of = search().fit(table, np.array(["no", "yes", "maybe"])[Y])
    assert of.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert of.n_features_in_ == 4
    assert of.classes_.tolist() == ["maybe", "no", "yes"]
    assert set(of.predict(table)) <= {"no", "yes", "maybe"}
    with pytest.raises(ValueError, match="feature names"):
        of.predict(table.rename(columns={"a": "z"}))


@pytest.mark.parametrize("more", [{}, {"backend": "sklearn:random"}, {"pruner": "median"}], ids=repr)
def test_estimators_without_targets_are_searched(more: dict[str, Any]) -> None:
    space = tb.Space(n_clusters=tb.Int(2, 5))
    of = search(KMeans(random_state=0, n_init=1), space, **more).fit(X)
    assert of.best_score_ == max(of.cv_results_["mean_test_score"])
    assert of.predict(X).shape == (150,)
    assert of.transform(X).shape == (150, of.best_params_["n_clusters"])


# Silence, and words.


@pytest.mark.parametrize(
    "backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random", "optuna:cmaes", "optuna:grid"]
)
@pytest.mark.parametrize("pruner", [None, "median"])
def test_verbose_0_is_silent(backend: str, pruner: str | None, capfd: Any) -> None:
    search(space={"C": [0.1, 1.0, 10.0]}, backend=backend, pruner=pruner).fit(X, Y)
    assert capfd.readouterr() == ("", "")


def test_going_on_in_another_way_is_said_only_if_verbose(caplog: Any) -> None:
    for verbose in (0, 1):
        store = MemoryStore()
        settings: dict[str, Any] = {"storage": store, "study": "s", "verbose": verbose}
        search(backend="sklearn:random", **settings).fit(X, Y)
        search(backend="optuna:tpe", n_trials=4, **settings).fit(X, Y)
        assert ("goes on with" in caplog.text) == bool(verbose)


def test_verbose_says_the_params_of_the_estimator(capfd: Any) -> None:
    space = {"C": expon(scale=100.0)}
    found = search(space=space, verbose=1).fit(X, Y)
    shown = [
        line.split("C=")[1].split(",")[0] for line in capfd.readouterr().out.splitlines() if "C=" in line
    ]
    assert shown == [str(value) for value in found.cv_results_["param_C"]]


def test_verbose_says_how_each_candidate_ended(capfd: Any) -> None:
    space = {"var_smoothing": [1e-9, 0.1, 1.0]}
    pruner = tb.pruner("threshold", lower=0.93)
    found = search(GaussianNB(), space, backend="sklearn:grid", pruner=pruner, verbose=1).fit(X, Y)
    out, err = capfd.readouterr()
    lines = [line for line in out.splitlines() if line]
    states = ["PRUNED" if pruned else "COMPLETE" for pruned in found.cv_results_["pruned"]]
    assert set(states) == {"PRUNED", "COMPLETE"}
    ends = [line for line in lines if any(state in line for state in set(states))]
    assert len(ends) == 3
    for number, (line, state) in enumerate(zip(ends, states, strict=True), 1):
        assert f"candidate {number}: {state} var_smoothing={space['var_smoothing'][number - 1]}" in line
    assert err == ""
    search(verbose=1, backend="sklearn:random").fit(X, Y)
    assert "Fitting 2 folds for each of 3 candidates" in capfd.readouterr().out


def test_the_drop_in_classes_take_the_arguments_of_scikit_learns_and_ten_more() -> None:
    more = {"backend", "pruner", "adjust", "storage", "study", "max_seconds", "on_objective_change"}
    more |= {"join", "grow", "limits"}
    for ours, theirs in ((TuneRandomizedSearchCV, RandomizedSearchCV), (TuneGridSearchCV, GridSearchCV)):
        new, old = signature(ours).parameters, signature(theirs).parameters
        assert list(new)[: len(old)] == list(old)
        assert set(new) - set(old) == more
        assert all(new[name].default == old[name].default or name == "error_score" for name in old)
        assert all(new[name].kind is new[name].KEYWORD_ONLY for name in more)
