"""A stored search that goes on in a larger space."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.linear_model import LogisticRegression

import tunebridge as tb
from tunebridge_sklearn import TuneSearchCV

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] + 0.3 * RNG.normal(size=60) > 0).astype(int)


def search(path: Path, space: dict[str, Any], n_trials: int | None, **more: Any) -> TuneSearchCV:
    settings = {"backend": "sklearn:grid", "cv": 3, "storage": f"sqlite:///{path / 's.db'}", **more}
    found = TuneSearchCV(
        LogisticRegression(), space, n_trials=n_trials, study="s", random_state=0, **settings
    )
    found.fit(X, Y)
    return found


def test_a_search_goes_on_with_more_choices_and_a_new_param(tmp_path: Path) -> None:
    search(tmp_path, {"C": [0.1, 1.0]}, None)
    with pytest.raises(tb.StoreError, match="made for another problem") as caught:
        search(tmp_path, {"C": [0.1, 1.0, 10.0]}, None)
    assert "grow=True" in caught.value.hint
    larger = {"C": [0.1, 1.0, 10.0], "fit_intercept": [True, False]}
    found = search(tmp_path, larger, None, grow={"fit_intercept": True})
    points = {(one["C"], one["fit_intercept"]) for one in found.cv_results_["params"]}
    assert len(points) == len(found.cv_results_["params"]) == 6
    assert [one["fit_intercept"] for one in found.cv_results_["params"][:2]] == [True, True]


def test_a_search_over_wider_distributions_goes_on(tmp_path: Path) -> None:
    more: dict[str, Any] = {"backend": "hyperopt:tpe"}
    search(tmp_path, {"C": uniform(0.1, 1.0)}, 3, **more)
    found = search(tmp_path, {"C": uniform(0.1, 5.0)}, 6, grow=True, **more)
    assert len(found.cv_results_["params"]) == 6


def test_it_is_said_that_grow_needs_a_store() -> None:
    with pytest.raises(tb.ProblemError, match="there is no storage"):
        TuneSearchCV(LogisticRegression(), {"C": [1.0]}, backend="sklearn:grid", grow=True).fit(X, Y)
