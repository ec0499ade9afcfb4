"""A search over parameters that depend on one another: the estimator is set the active ones only."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

X, y = (part[::3] for part in load_iris(return_X_y=True))

SPACE = tb.Space(
    kernel=tb.Categorical(["linear", "rbf", "poly"]),
    C=tb.Ordinal([0.1, 1.0, 10.0]),
    gamma=tb.Ordinal([0.01, 0.1, 1.0], when={"kernel": ["rbf", "poly"]}),
    degree=tb.Int(2, 4, when={"kernel": "poly"}),
    coef0=tb.Ordinal([0.0, 1.0], when={"degree": tb.Between(3, None)}),
)
"""3 points of a linear kernel, 9 of rbf, and 9 * (1 + 2 * 2) of poly."""

N_POINTS = 57


class Strict(SVC):  # type: ignore[misc]  # scikit-learn has no annotations
    """Refuses what its kernel does not have."""

    def set_params(self, **params: Any) -> "Strict":
        kernel = params.get("kernel", self.kernel)
        assert not (kernel == "linear" and params.keys() & {"gamma", "degree", "coef0"}), params
        assert not (kernel == "rbf" and params.keys() & {"degree", "coef0"}), params
        super().set_params(**params)
        return self


def searched(backend: Any, **settings: Any) -> TuneSearchCV:
    search = TuneSearchCV(Strict(), SPACE, backend=backend, cv=2, random_state=0, **settings)
    search.fit(X, y)
    return search


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "optuna:tpe", "sklearn:random", "hyperopt:anneal"])
def test_the_estimator_is_set_what_is_active(backend: str) -> None:
    search = searched(backend, n_trials=20)
    results = search.cv_results_
    assert all(map(SPACE.contains, results["params"]))
    for name in ("gamma", "degree", "coef0"):
        absent = [name not in params for params in results["params"]]
        assert np.ma.getmaskarray(results[f"param_{name}"]).tolist() == absent
        assert any(absent)
    assert SPACE.contains(search.best_params_)


def test_a_grid_has_each_active_candidate_once() -> None:
    candidates = searched("sklearn:grid", n_trials=1000).cv_results_["params"]
    assert len(candidates) == len({repr(params) for params in candidates}) == SPACE.size == N_POINTS


def test_successive_halving_takes_the_grid_and_refuses_to_draw_by_the_name_of_the_condition() -> None:
    first = searched("sklearn:halving-grid").cv_results_
    assert sum(iteration == 0 for iteration in first["iter"]) == N_POINTS
    with pytest.raises(
        tb.UnsupportedError, match="cannot keep the condition of gamma: kernel is 'rbf' or"
    ) as caught:
        searched("sklearn:halving-random")
    assert "sklearn:halving-grid" in caught.value.hint


def test_a_gate_that_is_no_parameter_of_the_estimator_is_named_with_an_underscore() -> None:
    size = tb.Int(1, 20, when={"_n": tb.Between(2, None)})
    named = tb.Space({"_n": tb.Int(1, 3), "max_iter": size})
    search = TuneSearchCV(SVC(), named, backend="hyperopt:tpe", n_trials=5, cv=2, random_state=0)
    with pytest.warns(UserWarning, match="Solver terminated early"):
        search.fit(X, y)
    assert {name for params in search.cv_results_["params"] for name in params} == {"max_iter"}
    plain = tb.Space(n_layers=tb.Int(1, 3), max_iter=tb.Int(1, 20, when={"n_layers": [2, 3]}))
    with pytest.raises(ValueError, match="what only decides on others is named _n_layers"):
        TuneSearchCV(MLPClassifier(), plain, n_trials=1).fit(X, y)


@pytest.mark.parametrize("backend", ["hyperopt:tpe", "sklearn:random"])
def test_a_search_goes_on_where_it_stopped(tmp_path: Any, backend: str) -> None:
    settings = {"storage": f"sqlite:///{tmp_path}/s.db", "study": "s"}
    searched(backend, n_trials=5, **settings)
    resumed, whole = searched(backend, n_trials=9, **settings), searched(backend, n_trials=9)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]
