"""A search that is stored, and goes on, refits and reports the very choices that it has tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

import tunebridge as tb
from tunebridge.testing import MemoryStore
from tunebridge_sklearn import TuneGridSearchCV, TuneSearchCV
from tunebridge_sklearn.reading import read

X, Y = load_iris(return_X_y=True)


class Kernel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Equal to all of its kind, as a kernel with equal parameters is."""

    def __init__(self, size: int = 0) -> None:
        self.size = size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kernel)

    __hash__ = None  # type: ignore[assignment]


class Picky(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Scores by the type, sign and value of its param."""

    def __init__(self, kind: Any = None) -> None:
        self.kind = kind

    def fit(self, X: Any, y: Any) -> Picky:
        self.classes_ = np.unique(y)
        self.fitted_ = self.kind
        return self

    def score(self, X: Any, y: Any) -> float:
        return SCORES[repr(self.kind)]


SCORES = {
    "'1'": 0.1, "1": 0.9, "True": 0.5, "1.0": 0.7, "None": 0.9, "'None'": 0.2, "-0.0": 0.9, "0.0": 0.1,
    "Kernel()": 0.1, "Kernel(size=1)": 0.9, "Kernel(size=2)": 0.4,
}  # fmt: skip

CHOICES: dict[str, tuple[list[Any], str]] = {
    "a text and a number": (["1", 1], "1"),
    "across types": ([True, 1.0, "1", 1], "1"),
    "None and its name": (["None", None], "None"),
    "zeros": ([0.0, -0.0], "-0.0"),
    "equal objects": ([Kernel(), Kernel(1), Kernel(2)], "Kernel(size=1)"),
}


@pytest.mark.parametrize("backend", ["optuna:tpe", "hyperopt:tpe", "sklearn:random"])
@pytest.mark.parametrize("name", CHOICES)
def test_a_search_that_goes_on_refits_the_choice_that_was_best(name: str, backend: str) -> None:
    (choices, best), store = CHOICES[name], MemoryStore()
    for n_trials in (6, 6, 9):
        search = TuneSearchCV(
            Picky(),
            {"kind": choices},
            backend=backend,
            n_trials=n_trials,
            cv=2,
            random_state=0,
            storage=store,
            study="s",
        ).fit(X, Y)
        assert (repr(search.best_params_["kind"]), search.best_score_) == (best, SCORES[best])
        assert repr(search.best_estimator_.fitted_) == best
        tried = [repr(params["kind"]) for params in search.cv_results_["params"]]
        assert list(search.cv_results_["mean_test_score"]) == pytest.approx([SCORES[one] for one in tried])


@pytest.mark.parametrize("backend", ["sklearn:grid", "optuna:grid", "optuna:brute-force"])
@pytest.mark.parametrize("name", CHOICES)
def test_a_grid_visits_choices_that_are_equal_one_by_one(name: str, backend: str) -> None:
    choices, best = CHOICES[name]
    search = TuneGridSearchCV(
        Picky(), {"kind": choices}, backend=backend, cv=2, storage=MemoryStore(), study="s"
    )
    search.fit(X, Y)
    assert sorted(repr(one["kind"]) for one in search.cv_results_["params"]) == sorted(map(repr, choices))
    assert repr(search.best_params_["kind"]) == best


def test_sets_in_lists_of_scikit_learn_have_labels_that_last() -> None:
    parameter = read({"kind": [{"b", "a"}, frozenset({"d", "c"})]}).space["kind"]
    assert isinstance(parameter, tb.Categorical)
    assert parameter.labels == ("{'a', 'b'}", "frozenset({'c', 'd'})")
