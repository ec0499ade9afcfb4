"""Names of params are what `set_params` of a clone takes: whatever the space and the backend."""

from __future__ import annotations

from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import skorch
import torch
import xgboost
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold, RandomizedSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV, cross_validation

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
CV = KFold(2)
QUIET = {"verbose": False, "allow_writing_files": False, "thread_count": 1}
CATBOOST = catboost.CatBoostClassifier(iterations=2, **QUIET)
LIGHTGBM = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1)
XGBOOST = xgboost.XGBClassifier(n_estimators=2, n_jobs=1)
BACKENDS = ["sklearn:random", "sklearn:grid", "optuna:tpe", "hyperopt:random"]

TAKEN: dict[str, tuple[BaseEstimator, dict[str, Any]]] = {
    "catboost": (CATBOOST, {"depth": [2, 3]}),
    "lightgbm": (LIGHTGBM, {"feature_fraction": [0.5, 1.0]}),
    "xgboost": (XGBOOST, {"eta": [0.1, 0.3]}),
    "lightgbm, its default by another name": (
        LIGHTGBM,
        {"shrinkage_rate": [0.1], "extra_tree": [False, True]},
    ),
    "a step": (make_pipeline(StandardScaler(), XGBOOST), {"xgbclassifier__eta": [0.1, 0.3]}),
    "a step that is chosen": (
        Pipeline([("clf", SVC())]),
        {"clf": [DecisionTreeClassifier()], "clf__max_depth": [1, 2]},
    ),
}

REFUSED: dict[str, tuple[BaseEstimator, dict[str, Any], str]] = {
    "an estimator": (SVC(), {"c": [1, 2]}, "Invalid parameter 'c' for estimator SVC"),
    "no step": (SVC(), {"clf__C": [1, 2]}, "Invalid parameter 'clf' for estimator SVC"),
    "a step": (make_pipeline(SVC()), {"svc__kernle": ["rbf"]}, "'kernle' for estimator SVC.*'kernel'"),
    "another step": (make_pipeline(SVC()), {"svm__C": [1, 2]}, "Invalid parameter 'svm'.*'svc'"),
    "a step that is chosen": (
        Pipeline([("clf", SVC())]),
        {"clf": [DecisionTreeClassifier()], "clf__C": [1, 2]},
        "Invalid parameter 'C' for estimator DecisionTree",
    ),
}


def declared(space: dict[str, Any], *, as_space: bool) -> Any:
    return tb.Space({name: tb.Categorical(values) for name, values in space.items()}) if as_space else space


def search(estimator: BaseEstimator, space: Any, backend: str) -> TuneSearchCV:
    n_trials = None if backend == "sklearn:grid" else 2
    return TuneSearchCV(estimator, space, backend=backend, n_trials=n_trials, cv=CV, random_state=0)


@pytest.mark.parametrize("as_space", [False, True])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", TAKEN)
def test_what_set_params_takes_is_searched(case: str, backend: str, as_space: bool) -> None:
    estimator, space = TAKEN[case]
    found = search(estimator, declared(space, as_space=as_space), backend).fit(X, Y)
    assert found.best_params_.keys() == space.keys()
    assert np.isfinite(found.best_score_)


@pytest.mark.parametrize("case", TAKEN)
def test_what_set_params_takes_is_cross_validated(case: str) -> None:
    estimator, space = TAKEN[case]
    problem = cross_validation(estimator, X, Y, space, cv=CV)
    result = tb.tune(problem, backend="optuna:random", n_trials=1, seed=0)
    assert result.trials[0].state is tb.TrialState.COMPLETE


class Counted(SVC):  # type: ignore[misc]  # scikit-learn has no annotations
    """Counts how often any is fitted."""

    fits = 0

    def fit(self, X: Any, y: Any) -> Any:
        type(self).fits += 1
        return super().fit(X, y)


@pytest.mark.parametrize("as_space", [False, True])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", REFUSED)
def test_a_name_that_is_none_is_the_estimators_own_error(case: str, backend: str, as_space: bool) -> None:
    estimator, space, words = REFUSED[case]
    with pytest.raises(ValueError, match=f"(?s){words}"):
        search(estimator, declared(space, as_space=as_space), backend).fit(X, Y)
    with pytest.raises(ValueError, match=f"(?s){words}"):
        cross_validation(estimator, X, Y, declared(space, as_space=as_space), cv=CV)
    with pytest.raises(ValueError, match=f"(?s){words}"):
        RandomizedSearchCV(estimator, space, n_iter=1, cv=CV, random_state=0).fit(X, Y)


def test_a_typo_is_found_before_trial_1_in_every_branch_and_every_dict() -> None:
    branches = tb.Space(
        _kind=tb.Categorical(
            {"a": tb.Space(C=tb.Float(1, 2)), "b": tb.Space(C=tb.Float(1, 2), gama=tb.Float(0, 1))}
        )
    )
    dicts = [{"C": [1.0, 2.0]}, {"C": stats.uniform(1, 2), "gama": [0.5]}]
    searches = [
        search(Counted(), space, backend) for space in (branches, dicts) for backend in BACKENDS[:3:2]
    ]
    searches += [
        TuneRandomizedSearchCV(Counted(), dicts, n_iter=1, cv=CV, random_state=0),
        TuneGridSearchCV(Counted(), [{"C": [1.0]}, {"C": [1.0], "gama": [0.5]}], cv=CV),
    ]
    for one in searches:
        with pytest.raises(ValueError, match="Invalid parameter 'gama' for estimator Counted"):
            one.fit(X, Y)
    assert Counted.fits == 0


@pytest.mark.parametrize("as_space", [False, True])
@pytest.mark.parametrize("backend", BACKENDS[:3:2])
@pytest.mark.parametrize(
    ("estimator", "name", "meant"),
    [
        (XGBOOST, "max_dept", "max_depth"),
        (LIGHTGBM, "num_leave", "num_leaves"),
        (CATBOOST, "deepth", "depth"),
        (make_pipeline(StandardScaler(), XGBOOST), "xgbclassifier__subsampel", "subsample"),
    ],
    ids=["xgboost", "lightgbm", "catboost", "step"],
)
def test_a_typo_that_a_boosters_estimator_takes_is_refused_before_a_fit(
    estimator: BaseEstimator, name: str, meant: str, backend: str, as_space: bool
) -> None:
    words = f"Invalid parameter '{name}' for estimator .* does not know it. Did you mean '{meant}'"
    space = declared({name: [2, 3]}, as_space=as_space)
    with pytest.raises(ValueError, match=words):
        search(estimator, space, backend).fit(X, Y)
    with pytest.raises(ValueError, match=words):
        cross_validation(estimator, X, Y, space, cv=CV)


def test_names_of_skorch_are_those_that_it_takes() -> None:
    net = skorch.NeuralNetClassifier(torch.nn.Linear, max_epochs=1, verbose=0)
    taken = {"module__in_features": [3], "module__out_features": [2], "optimizer__momentum": [0.5]}
    cross_validation(net, X, Y, taken, cv=CV)
    with pytest.raises(ValueError, match="Invalid parameter 'lrr'"):
        cross_validation(net, X, Y, {"lrr": [0.1]}, cv=CV)


@pytest.mark.parametrize("as_space", [False, True])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_name_of_an_inner_estimator_is_answered_with_its_whole_name(backend: str, as_space: bool) -> None:
    space = declared({"C": [1, 2]}, as_space=as_space)
    words = r"(?s)Invalid parameter 'C' for estimator Pipeline.*hint: write 'svc__C'$"
    with pytest.raises(ValueError, match=words):
        search(make_pipeline(StandardScaler(), SVC()), space, backend).fit(X, Y)
    with pytest.raises(ValueError, match=words):
        cross_validation(make_pipeline(StandardScaler(), SVC()), X, Y, space, cv=CV)


def test_all_inner_estimators_are_named_that_have_the_parameter() -> None:
    two = Pipeline([("tree", DecisionTreeClassifier()), ("other", DecisionTreeClassifier())])
    with pytest.raises(
        ValueError, match=r"hint: write '(other|tree)__max_depth' or '(tree|other)__max_depth'$"
    ):
        cross_validation(two, X, Y, {"max_depth": [1, 2]}, cv=CV)


def test_a_switch_without_underscore_is_told_how_to_be_named() -> None:
    space = tb.Space(model=tb.Categorical({"a": tb.Space(C=tb.Float(1, 2)), "b": tb.Space()}))
    with pytest.raises(ValueError, match=r"(?s)'model' for estimator SVC.*is named _model"):
        cross_validation(SVC(), X, Y, space, cv=CV)


# What `clone` says.


class Rounding(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Changes what its constructor was given."""

    def __init__(self, depth: Any = 1.5) -> None:
        self.depth = [depth]

    def fit(self, X: Any, y: Any) -> Any:
        return self


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_clone_says_is_said(backend: str) -> None:
    said = "(?s)Cannot clone object.*either does not set or modifies parameter depth"
    for space in ({"depth": [1, 2]}, {"dpth": [1, 2]}):
        with pytest.raises(RuntimeError, match=said):
            search(Rounding(), space, backend).fit(X, Y)
        with pytest.raises(RuntimeError, match=said):
            cross_validation(Rounding(), X, Y, space, cv=CV)
    with pytest.raises(TypeError, match="does not seem to be a scikit-learn estimator"):
        cross_validation(object(), X, Y, {"depth": [1, 2]}, cv=CV)


class Stateful:
    """A distribution with random numbers of its own."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def rvs(self, random_state: Any = None) -> float:
        return float(self.rng.uniform(1.0, 2.0))


def test_the_check_draws_nothing_from_a_distribution_of_the_users_own() -> None:
    settings: dict[str, Any] = {"n_iter": 3, "cv": CV, "random_state": 0}
    ours = TuneRandomizedSearchCV(SVC(), {"C": Stateful()}, **settings).fit(X, Y)
    theirs = RandomizedSearchCV(SVC(), {"C": Stateful()}, **settings).fit(X, Y)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]


def test_a_param_that_only_another_kind_of_booster_reads_is_known() -> None:
    space = tb.Space(
        booster=tb.Categorical(["gbtree", "dart"]), rate_drop=tb.Float(0.1, 0.3), lambda_bias=tb.Float(0, 1)
    )
    with pytest.raises(ValueError, match="Invalid parameter 'lambda_bias' for estimator XGBC"):
        cross_validation(XGBOOST, X, Y, space)
    known = tb.Space(booster=tb.Categorical(["gbtree", "dart"]), rate_drop=tb.Float(0.1, 0.3))
    assert cross_validation(XGBOOST, X, Y, known).space.nodes


def test_what_an_objective_needs_other_data_to_say_is_left_to_the_fit() -> None:
    survival = xgboost.XGBClassifier(objective="survival:aft", n_estimators=2)
    assert cross_validation(survival, X, Y, tb.Space(max_dept=tb.Int(1, 3))).space.nodes
