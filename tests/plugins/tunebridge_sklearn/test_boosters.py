"""Boosters of other libraries are refused by name, with what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tunebridge as tb
from tunebridge_sklearn import apply

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)

MODELS: dict[str, Callable[[], Any]] = {
    "xgboost": lambda: xgboost.XGBClassifier(n_estimators=2, n_jobs=1),
    "lightgbm": lambda: lightgbm.LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1),
    "catboost": lambda: catboost.CatBoostClassifier(
        n_estimators=2, thread_count=1, verbose=0, allow_writing_files=False
    ),
}
NEXT = {
    "xgboost": "booster.set_param",
    "lightgbm": "booster.reset_parameter",
    "catboost": "init_model=the model up to now",
}


class OwnBooster(xgboost.XGBRegressor):
    """A user's class is a booster, too."""


@pytest.mark.parametrize("name", MODELS)
def test_a_trained_booster_is_refused_with_what_to_do_instead(name: str) -> None:
    model = MODELS[name]().fit(X, Y)
    with pytest.raises(tb.LiveParamError, match=f"{type(model).__name__}.*{name}") as caught:
        apply(model, {"learning_rate": 0.5})
    assert NEXT[name] in caught.value.hint


@pytest.mark.parametrize("name", MODELS)
def test_so_is_one_at_the_end_of_a_pipeline(name: str) -> None:
    pipeline = make_pipeline(StandardScaler(), MODELS[name]()).fit(X, Y)
    with pytest.raises(tb.LiveParamError) as caught:
        apply(pipeline, {f"{pipeline.steps[-1][0]}__learning_rate": 0.5})
    assert NEXT[name] in caught.value.hint


def test_bare_boosters_and_subclasses_are_known_too() -> None:
    bare = xgboost.train({"max_depth": 2, "nthread": 1}, xgboost.DMatrix(X, Y), 2)
    for model in (bare, OwnBooster(n_estimators=2, n_jobs=1).fit(X, Y)):
        with pytest.raises(tb.LiveParamError) as caught:
            apply(model, {"eta": 0.5})
        assert NEXT["xgboost"] in str(caught.value.hint)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_one_that_was_not_trained_takes_any_param(name: str) -> None:
    model = MODELS[name]()
    apply(model, {"learning_rate": 0.5})
    assert model.get_params()["learning_rate"] == 0.5
