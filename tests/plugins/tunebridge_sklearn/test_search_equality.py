"""The same seed gives the same search: ours against scikit-learn's, row by row, type by type."""

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import scipy.stats as st
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
    StratifiedKFold,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tunebridge_sklearn import TuneGridSearchCV, TuneRandomizedSearchCV, TuneSearchCV, halving

IRIS = load_iris(return_X_y=True)
DIGITS = tuple(one[:300] for one in load_digits(return_X_y=True))
TREE = DecisionTreeClassifier(random_state=0)
SCALED_SVM = Pipeline([("scale", StandardScaler()), ("svm", SVC(random_state=0))])


class Picky(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Fails where it is told to."""

    def __init__(self, depth: int = 1, fails: str = "never") -> None:
        self.depth = depth
        self.fails = fails

    def fit(self, X: Any, y: Any) -> "Picky":
        if self.fails == "always" or (self.fails == "sometimes" and X[0, 0] > 5):
            raise ValueError("as told")
        self.tree_ = DecisionTreeClassifier(max_depth=self.depth, random_state=0).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict(self, X: Any) -> Any:
        if self.fails == "in scoring":
            raise ValueError("cannot predict")
        return self.tree_.predict(X)


def accuracy_and_more(model: Any, X: Any, y: Any) -> dict[str, float]:
    predicted = model.predict(X)
    return {"a": accuracy_score(y, predicted), "f": f1_score(y, predicted, average="macro")}


def simplest(results: Mapping[str, Any]) -> int:
    return int(np.argmin(results["mean_test_score"]))


@dataclass(frozen=True)
class Case:
    """A search as it is asked for."""

    estimator: BaseEstimator
    space: Any
    data: tuple[Any, ...] = IRIS
    options: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)

    def fit(self, search: Callable[..., Any], *callbacks: object, **options: Any) -> "Found":
        """Fit a search of this."""
        made = search(self.estimator, self.space, **{"cv": 3, **self.options, **options})
        made.set_callbacks(*callbacks)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made.fit(*self.data, **self.params)
        said = [f"{one.category.__name__} {str(one.message).strip().splitlines()[0]}" for one in caught]
        return Found(made, said, made.predict(self.data[0]) if made.refit else None)


@dataclass(frozen=True)
class Found:
    """A fitted search, the first lines of its warnings, and what its best model predicts."""

    search: Any
    warnings: list[str]
    predicted: Any


LISTS: dict[str, Case] = {
    "lists": Case(TREE, {"max_depth": [1, 2, 3], "criterion": ["gini", "entropy"]}),
    "one point": Case(TREE, {"max_depth": [2]}),
    "numpy values": Case(TREE, {"max_depth": np.array([1, 2, 3]), "ccp_alpha": np.linspace(0, 0.1, 3)}),
    "None, bool, string, tuple": Case(
        Pipeline([("scale", MinMaxScaler()), ("tree", TREE)]),
        {
            "tree__max_depth": [None, 2],
            "scale__clip": [True, False],
            "scale__feature_range": [(0, 1), (0, 2)],
            "tree__max_features": ["sqrt", 2],
        },
    ),
    "values that repeat": Case(TREE, {"max_depth": [1, 1, 2], "min_samples_leaf": [2, 1, 2]}),
    "lists of dicts": Case(
        SCALED_SVM,
        [
            {"svm__kernel": ["linear"], "svm__C": [0.1, 1, 10]},
            {"svm__kernel": ["rbf"], "svm__gamma": [0.01, 1.0]},
        ],
        options={"return_train_score": True},
    ),
    "estimators as choices": Case(
        Pipeline([("scale", "passthrough"), ("model", TREE)]),
        [
            {
                "scale": [StandardScaler(), None],
                "model": [KNeighborsClassifier()],
                "model__n_neighbors": [1, 5],
            },
            {"model": [TREE, DummyClassifier()]},
        ],
    ),
    "digits": Case(
        Pipeline([("pca", PCA(random_state=0)), ("svm", SVC())]),
        {"pca__n_components": [5, 10], "svm__C": [0.1, 10.0]},
        DIGITS,
        {"return_train_score": True, "cv": 3},
    ),
    "metrics by name": Case(
        TREE,
        {"max_depth": [1, 2, 3]},
        options={"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro", "return_train_score": True},
    ),
    "metrics in a dict, no refit": Case(
        TREE,
        {"max_depth": [1, 2, 3]},
        options={"scoring": {"x": "accuracy", "y": "f1_macro"}, "refit": False},
    ),
    "metrics of a function": Case(
        TREE, {"max_depth": [1, 2, 3]}, options={"scoring": accuracy_and_more, "refit": "a"}
    ),
    "refit by a function": Case(TREE, {"max_depth": [1, 2, 3]}, options={"refit": simplest}),
    "groups": Case(
        TREE,
        {"max_depth": [1, 2, 3]},
        options={"cv": GroupKFold(3)},
        params={"groups": np.arange(len(IRIS[1])) % 7},
    ),
    "weights": Case(
        SCALED_SVM,
        {"svm__C": [0.1, 1.0]},
        options={"return_train_score": True},
        params={"svm__sample_weight": np.arange(len(IRIS[1])) % 3 + 0.5},
    ),
    "weights that the scorer takes": Case(
        TREE,
        {"max_depth": [1, 2]},
        options={"scoring": ["accuracy", "f1_macro"], "refit": "accuracy"},
        params={"sample_weight": np.arange(len(IRIS[1])) % 3 + 0.5},
    ),
    "failing": Case(
        Picky(),
        {"depth": [1, 2], "fails": ["never", "always", "sometimes"]},
        options={"return_train_score": True},
    ),
    "failing, with a score": Case(
        Picky(), {"depth": [1, 2], "fails": ["always", "never", "sometimes"]}, options={"error_score": -1.0}
    ),
    "failing often": Case(Picky(), {"depth": [*range(1, 13)], "fails": ["always", "never"]}),
    "failing, with metrics": Case(
        Picky(),
        {"depth": [1, 2], "fails": ["never", "always", "in scoring"]},
        options={"scoring": ["accuracy", "f1_macro"], "refit": "accuracy", "return_train_score": True},
    ),
    "failing, with metrics of a function": Case(
        Picky(),
        {"fails": ["always", "never", "sometimes"]},
        options={"scoring": accuracy_and_more, "refit": "f"},
    ),
    "shuffled": Case(
        TREE, {"max_depth": [1, 2, 3]}, options={"cv": StratifiedKFold(4, shuffle=True, random_state=1)}
    ),
}
"""Spaces of lists: for all searches."""

DRAWN: dict[str, Case] = {
    "floats": Case(SCALED_SVM, {"svm__C": st.loguniform(1e-2, 1e2), "svm__gamma": st.loguniform(1e-3, 1.0)}),
    "digits, floats": Case(
        SCALED_SVM, {"svm__C": st.loguniform(1e-2, 1e2), "svm__gamma": [0.01, "scale"]}, DIGITS, {"cv": 3}
    ),
    "integers": Case(TREE, {"max_depth": st.randint(1, 4), "min_samples_leaf": st.randint(1, 30)}),
    "all kinds": Case(
        TREE,
        {
            "ccp_alpha": st.uniform(0.0, 0.1),
            "min_impurity_decrease": st.expon(scale=0.01),
            "max_depth": st.binom(5, 0.5, loc=1),
            "criterion": ["gini", "entropy"],
        },
    ),
    "dicts, drawn": Case(
        SCALED_SVM,
        [
            {"svm__kernel": ["linear"], "svm__C": st.loguniform(1e-2, 1e2)},
            {"svm__kernel": ["rbf"], "svm__gamma": st.loguniform(1e-3, 1.0), "svm__C": [1, 2]},
        ],
    ),
    "few values, drawn": Case(TREE, {"max_depth": st.randint(1, 3), "criterion": ["gini", "entropy"]}),
}
"""Spaces with distributions: for random searches."""

HALVED = ("lists", "lists of dicts", "weights", "failing", "failing, with a score")
"""Successive halving takes one metric, and the same folds in each call."""

PLAIN = {"return_train_score": False}
"""What scikit-learn's successive halving has as another default than its other searches."""

ONLY_OURS = {"why_"}
"""What a search of ours learns beside what scikit-learn's does."""

SHOWN = ("best_estimator_", "scorer_")
"""What is compared by what it shows; there are no equal models."""


def assert_same(ours: Any, theirs: Any, name: str) -> None:
    """Compare values, and all that is known of their types."""
    assert type(ours) is type(theirs), name
    match theirs:
        case np.ndarray():
            assert ours.dtype == theirs.dtype, name
            assert ours.shape == theirs.shape, name
            np.testing.assert_array_equal(np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs), name)
            if not name.endswith("_time"):
                assert_same(np.ma.compressed(ours).tolist(), np.ma.compressed(theirs).tolist(), name)
        case list():
            for one, other in zip(ours, theirs, strict=True):
                assert_same(one, other, name)
        case dict():
            assert ours.keys() == theirs.keys(), name
            for key in theirs:
                assert_same(ours[key], theirs[key], f"{name} {key}")
        case BaseEstimator():
            assert repr(ours) == repr(theirs), name
        case _:
            assert ours == theirs or (math.isnan(ours) and math.isnan(theirs)), name


def assert_equal(ours: Found, theirs: Found, *, ordered: bool = True) -> None:
    """Compare what two searches have found and warned of.

    Args:
        ours: One of ours.
        theirs: One of scikit-learn's.
        ordered: Whether the order of columns, and of params in a candidate, must be the same.
    """
    learned = {name: value for name, value in vars(theirs.search).items() if name.endswith("_")}
    own = {name for name in vars(ours.search) if name.endswith("_")}
    assert own - ONLY_OURS == learned.keys()
    for name, value in learned.items():
        if name in SHOWN:
            assert repr(getattr(ours.search, name)) == repr(value)
        elif name != "refit_time_":
            assert_same(getattr(ours.search, name), value, name)
    assert ours.warnings == theirs.warnings
    if ordered:
        assert str(ours.search.cv_results_["params"]) == str(theirs.search.cv_results_["params"])
        assert list(ours.search.cv_results_) == list(theirs.search.cv_results_)
    np.testing.assert_array_equal(ours.predicted, theirs.predicted)


@pytest.mark.parametrize("name", LISTS | DRAWN)
def test_random_search_is_scikit_learns_own(name: str) -> None:
    case = (LISTS | DRAWN)[name]
    theirs = case.fit(RandomizedSearchCV, n_iter=6, random_state=3)
    assert_equal(case.fit(TuneRandomizedSearchCV, n_iter=6, random_state=3), theirs)
    assert_equal(case.fit(TuneSearchCV, backend="sklearn:random", n_trials=6, random_state=3), theirs)


@pytest.mark.parametrize("name", LISTS)
def test_grid_search_is_scikit_learns_own(name: str) -> None:
    case = LISTS[name]
    theirs = case.fit(GridSearchCV)
    assert_equal(case.fit(TuneGridSearchCV), theirs)
    assert_equal(case.fit(TuneSearchCV, backend="sklearn:grid", n_trials=None), theirs)


@pytest.mark.parametrize("name", [*HALVED, *DRAWN])
def test_random_halving_is_scikit_learns_own(name: str) -> None:
    case = (LISTS | DRAWN)[name]
    resources = {"factor": 2, "min_resources": 60}
    theirs = case.fit(
        HalvingRandomSearchCV, n_candidates=4, random_state=3, **(PLAIN | case.options), **resources
    )
    chosen = halving("sklearn:halving-random", **resources)
    assert_equal(case.fit(TuneRandomizedSearchCV, backend=chosen, n_iter=4, random_state=3), theirs)
    assert_equal(case.fit(TuneSearchCV, backend=chosen, n_trials=4, random_state=3), theirs)


@pytest.mark.parametrize("name", HALVED)
def test_grid_halving_is_scikit_learns_own(name: str) -> None:
    case = LISTS[name]
    theirs = case.fit(HalvingGridSearchCV, random_state=0, **(PLAIN | case.options))
    assert_equal(case.fit(TuneGridSearchCV, backend="sklearn:halving-grid"), theirs)
    assert_equal(case.fit(TuneSearchCV, backend="sklearn:halving-grid", random_state=0), theirs)


@pytest.mark.parametrize("n_candidates", [4, None])
def test_halving_by_stages_is_scikit_learns_own(n_candidates: int | None) -> None:
    space = {"estimator__max_depth": st.randint(1, 9), "max_samples": st.uniform(0.2, 0.8)}
    case = Case(BaggingClassifier(TREE, random_state=0), space, options={"random_state": 3, **PLAIN})
    resources = {"resource": "n_estimators", "max_resources": 9, "min_resources": 1, "factor": 3}
    theirs = case.fit(HalvingRandomSearchCV, n_candidates=n_candidates or "exhaust", **resources)
    ours = case.fit(
        TuneSearchCV, n_trials=n_candidates, backend=halving("sklearn:halving-random", **resources)
    )
    assert_equal(ours, theirs)
    assert ours.search.n_resources_ == [1, 3, 9][: 2 if n_candidates else 3]


def shown(candidates: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return candidates as words, in which numpy's numbers are like Python's."""
    return [{name: str(value) for name, value in params.items()} for params in candidates]


def proposed(told: Found, case: Case) -> Found:
    """Fit scikit-learn's grid of the very candidates that a search has proposed."""
    params = told.search.cv_results_["params"]
    grid = [{name: [value] for name, value in candidate.items()} for candidate in params]
    return replace(case, space=grid).fit(GridSearchCV)


@pytest.mark.parametrize("name", sorted((LISTS | DRAWN).keys() - {"values that repeat"}))
def test_candidates_asked_for_one_by_one_have_the_rows_that_a_grid_of_them_has(name: str) -> None:
    case = (LISTS | DRAWN)[name]
    told = case.fit(TuneSearchCV, n_trials=6, random_state=3)
    assert_equal(told, proposed(told, case), ordered=False)


@pytest.mark.parametrize("name", LISTS)
def test_a_grid_that_is_asked_for_one_by_one_is_that_of_scikit_learn(name: str) -> None:
    case = LISTS[name]
    told = case.fit(TuneGridSearchCV, max_seconds=600)
    assert_equal(told, proposed(told, case), ordered=False)
    assert shown(told.search.cv_results_["params"]) == shown(ParameterGrid(case.space))


@pytest.mark.parametrize("name", ["lists", "floats", "integers", "few values, drawn"])
def test_draws_that_are_asked_for_one_by_one_are_those_of_scikit_learn_repeats_and_all(name: str) -> None:
    case = (LISTS | DRAWN)[name]
    told = case.fit(TuneRandomizedSearchCV, n_iter=6, random_state=3, max_seconds=600)
    assert shown(told.search.cv_results_["params"]) == shown(ParameterSampler(case.space, 6, random_state=3))
    assert_equal(told, proposed(told, case), ordered=False)


@pytest.mark.parametrize(
    "name", ["lists of dicts", "failing, with metrics", "metrics of a function", "weights", "dicts, drawn"]
)
def test_rows_come_back_from_a_store_as_they_were(name: str, tmp_path: Path) -> None:
    case = (LISTS | DRAWN)[name]
    stored = {"storage": f"sqlite:///{tmp_path}/search.db", "study": "search"}
    told = case.fit(TuneSearchCV, n_trials=5, random_state=3, **stored)
    assert_equal(told, proposed(told, case), ordered=False)
    again = case.fit(TuneSearchCV, n_trials=5, random_state=3, **stored)
    assert again.search.cv_results_.keys() == told.search.cv_results_.keys()
    for column, values in told.search.cv_results_.items():
        np.testing.assert_array_equal(again.search.cv_results_[column], values, column)


class Watching:
    """A callback that notes each task, and what it is about."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def setup(self, estimator: Any, context: Any) -> None:
        self.seen.append(("setup", type(estimator).__name__, context.task_name))

    def teardown(self, estimator: Any, context: Any) -> None:
        self.seen.append(("teardown", type(estimator).__name__, context.task_name))

    def on_fit_task_begin(
        self, estimator: Any, context: Any, *, X: Any = None, y: Any = None, metadata: Any = None
    ) -> None:
        self._note("begin", context, X, y, metadata)

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any = None, y: Any = None, metadata: Any = None
    ) -> None:
        self._note("end", context, X, y, metadata)

    def _note(self, hook: str, context: Any, *data: Any) -> None:
        above = None if context.parent is None else context.parent.task_name
        about = [joblib.hash(one) for one in data]
        self.seen.append((hook, context.estimator_name, context.task_name, context.task_id, above, *about))


@pytest.mark.parametrize(
    "name", ["lists", "weights that the scorer takes", "failing", "metrics in a dict, no refit"]
)
def test_callbacks_see_the_same_tasks_on_either_path(name: str) -> None:
    case, listed, told = LISTS[name], Watching(), Watching()
    case.fit(TuneGridSearchCV, listed)
    case.fit(TuneGridSearchCV, told, max_seconds=600)
    assert told.seen == listed.seen
    n_fits = 3 * len(ParameterGrid(case.space))
    assert sum("candidate-split-evaluation" in entry for entry in told.seen) == 2 * n_fits


@pytest.mark.parametrize("limit", [None, 600], ids=["listed", "told"])
def test_routed_metadata_gives_the_results_of_scikit_learn(limit: int | None) -> None:
    weights = np.arange(len(IRIS[1])) % 3 + 0.5
    with config_context(enable_metadata_routing=True):
        tree = clone(TREE).set_fit_request(sample_weight=True)
        weighted = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        plain = make_scorer(accuracy_score).set_score_request(sample_weight=False)
        case = Case(
            tree,
            {"max_depth": [1, 2]},
            options={
                "scoring": {"w": weighted, "plain": plain},
                "refit": "plain",
                "cv": GroupKFold(3),
            },
            params={"sample_weight": weights, "groups": np.arange(len(weights)) % 7},
        )
        theirs = case.fit(GridSearchCV)
        assert_equal(case.fit(TuneGridSearchCV, max_seconds=limit), theirs, ordered=False)
        results = theirs.search.cv_results_
        assert list(results["mean_test_w"]) != list(results["mean_test_plain"])
