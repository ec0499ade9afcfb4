"""A search goes on with a study from which candidates were excluded: they stay, and none of them is best."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

X, Y = load_iris(return_X_y=True)


@pytest.fixture
def url(new_store: Callable[[str], str]) -> str:
    return new_store("sqlite")


def search(url: str, **more: Any) -> Any:
    return TuneSearchCV(
        KNeighborsClassifier(),
        tb.Space(n_neighbors=tb.Int(1, 60)),
        backend="optuna:random",
        n_trials=5,
        random_state=0,
        storage=url,
        study="knn",
        cv=3,
        **more,
    ).fit(X, Y)


@pytest.mark.parametrize("scoring", [None, ["accuracy", "f1_macro"]])
def test_an_excluded_candidate_stays_with_its_reason_and_ranks_last(url: str, scoring: Any) -> None:
    more: dict[str, Any] = {} if scoring is None else {"scoring": scoring, "refit": "accuracy"}
    name = "score" if scoring is None else "accuracy"
    before = search(url, **more)
    best = int(before.best_index_)
    tb.exclude(url, "knn", trials=[best], reason="the wrong fold")
    after = search(url, **more)
    rows = after.cv_results_
    assert after.best_index_ != best
    assert after.best_params_ != before.best_params_
    assert [reason for reason in rows["excluded"] if reason] == ["the wrong fold"]
    assert rows["excluded"][best] == "the wrong fold"
    assert rows[f"rank_test_{name}"][best] == 5
    assert np.isnan(rows[f"mean_test_{name}"][best])
    assert rows[f"partial_mean_test_{name}"][best] == pytest.approx(before.best_score_)
    assert "excluded" not in before.cv_results_
    told = tb.tune(
        tb.Problem(lambda trial: 0.0, tb.Space(n_neighbors=tb.Int(1, 60)), direction="maximize", metric=name),
        n_trials=1,
        seed=0,
        backend="optuna:random",
        history=after,
    )
    assert told.carried is not None
    (left,) = told.carried.left_out
    assert (left.number, left.reason) == (best, "excluded: the wrong fold")


def test_without_any_candidate_left_the_search_says_what_to_do(url: str) -> None:
    search(url)
    tb.exclude(url, "knn", trials=range(5), reason="wrong labels")
    with pytest.raises(ValueError, match=r"all 5 candidates are excluded.*include"):
        search(url)
