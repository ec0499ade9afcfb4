"""CatBoost's training rows are binned once for all parts of a training, which changes no bit of it."""

from __future__ import annotations

from typing import Any

import catboost
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import tunebridge as tb
from tests.plugins.tunebridge_boosting import kinds
from tests.plugins.tunebridge_boosting.kinds import CANCER, DIGITS

X, Y = CANCER
HOLES = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)
FRAME = pd.DataFrame(X, columns=[f"column {i}" for i in range(X.shape[1])])
KINDS = FRAME.assign(kind=(X[:, 1] // 4).astype(int).astype(str))
FEW = X[:, :4]
WEIGHTS = np.linspace(0.1, 2.0, len(Y))
NAMES = np.array(["no", "yes"])[Y]

SMALL = {**kinds.SMALL["catboost"], "learning_rate": 0.2}
ONCE: dict[str, tuple[dict[str, Any], Any, Any, dict[str, Any]]] = {
    "numbers": ({}, X, Y, {}),
    "a frame": ({}, FRAME, Y, {}),
    "lists": ({}, FEW.tolist(), Y.tolist(), {}),
    "ten classes": ({}, *DIGITS, {}),
    "names of classes": ({"auto_class_weights": "Balanced"}, X, NAMES, {}),
    "holes": ({"nan_mode": "Max"}, HOLES, Y, {}),
    "weights": ({"class_weights": [1, 3]}, X, Y, {"sample_weight": WEIGHTS}),
    "a baseline": ({}, X, Y, {"baseline": WEIGHTS}),
    "few borders": ({"border_count": 5}, X, Y, {}),
    "few bins": ({"max_bin": 5, "feature_border_type": "Uniform"}, X, Y, {}),
    "borders of one column": ({"per_float_feature_quantization": ["0:border_count=999"]}, X, Y, {}),
    "ignored columns": ({"ignored_features": [0, 7]}, X, Y, {}),
    "another name of the seed": ({"random_seed": None, "random_state": 4}, X, Y, {}),
    "ordered": ({"boosting_type": "Ordered", "rsm": 0.5}, X, Y, {}),
    "constraints": ({"monotone_constraints": {0: 1}}, X, Y, {}),
}
EACH_TIME: dict[str, tuple[dict[str, Any], Any, Any, dict[str, Any]]] = {
    "categories of fit": ({}, KINDS, Y, {"cat_features": ["kind"]}),
    "categories of the model": ({"cat_features": ["kind"]}, KINDS, Y, {}),
    "a pool": ({}, catboost.Pool(X, Y), None, {}),
}


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the pools that are binned before a fit."""
    found: list[Any] = []
    plain = catboost.Pool.quantize

    def quantize(pool: Any, **more: Any) -> None:
        plain(pool, **more)
        found.append(pool)

    monkeypatch.setattr(catboost.Pool, "quantize", quantize)
    return found


def made(n_rounds: int, options: dict[str, Any]) -> Any:
    given = {name: value for name, value in {**SMALL, **options}.items() if value is not None}
    return catboost.CatBoostClassifier(**given, iterations=n_rounds)


def fitted(n_rounds: int, options: dict[str, Any], rows: Any, y: Any, params: dict[str, Any]) -> Any:
    target = () if y is None else (y,)
    return made(n_rounds, options).fit(rows, *target, **params)


def is_whole(kind: tuple[dict[str, Any], Any, Any, dict[str, Any]], stops: tuple[int, ...]) -> bool:
    options, rows, y, params = kind
    spec = tb.grower_of(made(9, options))
    assert spec is not None
    growth = spec.begin(tb.GrowthRequest(model=made(9, options), X=rows, y=y, params=params))
    equal = []
    for n_rounds in stops:
        found, whole = growth.grow(n_rounds), fitted(n_rounds, options, rows, y, params)
        assert list(found.classes_) == list(whole.classes_)
        assert found.feature_names_ == whole.feature_names_
        equal.append(np.array_equal(found.predict_proba(rows), whole.predict_proba(rows)))
    growth.close()
    return all(equal)


@pytest.mark.parametrize("kind", ONCE)
def test_rows_are_binned_once_and_the_model_is_that_of_one_fit(kind: str, pools: list[Any]) -> None:
    assert is_whole(ONCE[kind], (2, 5, 9))
    assert len(pools) == 1


@pytest.mark.parametrize("kind", EACH_TIME)
def test_other_columns_are_left_to_each_fit(kind: str, pools: list[Any]) -> None:
    assert is_whole(EACH_TIME[kind], (2, 9))
    assert pools == []


def test_sparse_rows_too_give_the_model_of_one_fit() -> None:
    rows = scipy.sparse.csr_matrix(DIGITS[0])
    assert is_whole(({}, rows, DIGITS[1], {}), (2, 9))


def test_one_fit_of_all_rounds_bins_nothing_before(pools: list[Any]) -> None:
    assert is_whole(ONCE["numbers"], (9,))
    assert pools == []


def test_the_automatic_rate_is_asked_of_the_same_rows(pools: list[Any]) -> None:
    options = {"learning_rate": None}
    spec = tb.grower_of(made(9, options))
    assert spec is not None
    growth = spec.begin(tb.GrowthRequest(model=made(9, options), X=X, y=Y, params={}))
    growth.grow(2)
    whole = made(9, options).fit(X, Y)
    assert np.array_equal(growth.grow(9).predict_proba(X), whole.predict_proba(X))
    assert len(pools) == 1
    growth.close()


def test_what_catboost_says_of_bad_rows_is_said_by_the_fit() -> None:
    spec = tb.grower_of(made(9, {}))
    assert spec is not None
    rows = FRAME.assign(kind="no number")
    growth = spec.begin(tb.GrowthRequest(model=made(9, {}), X=rows, y=Y, params={}))
    with pytest.raises(catboost.CatBoostError, match="no number"):
        growth.grow(3)
    growth.close()
