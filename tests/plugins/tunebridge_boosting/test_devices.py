"""Boosters train on the device of their trial, unless they say themselves where."""

from __future__ import annotations

from typing import Any

import catboost
import lightgbm
import pytest
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier

import tunebridge as tb
from tests.plugins.tunebridge_boosting.kinds import CANCER, halves
from tunebridge_boosting import training
from tunebridge_boosting.devices import SAID, place

TRAIN, VALID = halves(CANCER)
MODELS: dict[str, Any] = {
    "xgboost": xgboost.XGBClassifier,
    "lightgbm": lightgbm.LGBMRegressor,
    "catboost": catboost.CatBoostClassifier,
    "histogram": HistGradientBoostingClassifier,
}
PLACED: dict[str, dict[str, Any]] = {
    "xgboost": {"device": "cuda:1"},
    "lightgbm": {"device_type": "cuda", "gpu_device_id": 1},
    "catboost": {"task_type": "GPU", "devices": "1"},
    "histogram": {},
}
OWN: dict[str, dict[str, Any]] = {
    "xgboost": {"device": "cpu"},
    "lightgbm": {"device": "gpu"},
    "catboost": {"task_type": "CPU"},
}


def said(model: Any) -> dict[str, Any]:
    """Return what a model says of devices."""
    return {name: one for name, one in model.get_params().items() if name in SAID and one is not None}


def trial_on(device: str | None) -> tb.Trial:
    trial = tb.Trial({}, number=0, seed=0)
    trial.device = device
    return trial


@pytest.mark.parametrize("library", MODELS)
def test_a_model_is_put_on_the_gpu_of_its_trial_in_the_words_of_its_library(library: str) -> None:
    model = MODELS[library]()
    place(model, trial_on("cuda:1"))
    assert said(model) == PLACED[library]


@pytest.mark.parametrize("device", [None, "cpu", "mps", "xpu:0"])
@pytest.mark.parametrize("library", MODELS)
def test_where_there_is_no_gpu_for_it_a_model_stays_as_it_is(library: str, device: str | None) -> None:
    model = MODELS[library]()
    place(model, trial_on(device))
    assert said(model) == {}


@pytest.mark.parametrize("library", OWN)
def test_what_a_model_says_of_devices_itself_stands(library: str) -> None:
    model = MODELS[library](**OWN[library])
    place(model, trial_on("cuda:1"))
    assert said(model) == OWN[library]


@pytest.mark.parametrize("own", [{}, {"device_type": "cpu"}], ids=["the trial's", "its own"])
def test_a_training_in_a_slot_is_where_the_slot_says_or_the_model(own: dict[str, Any]) -> None:
    def build(trial: tb.Trial) -> Any:
        model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, **own, **trial)
        trial.keep("model", model)
        return model

    objective = training(build, train=TRAIN, valid=VALID)
    (record,) = tb.tune(
        tb.Problem(objective, tb.Space(num_leaves=tb.Int(2, 8)), direction="maximize"),
        backend="sklearn:random",
        seed=0,
        n_trials=1,
        executor=tb.executor("processes", devices=["cuda:1"]),
    ).trials
    assert record.device == "cuda:1"
    assert said(record.artifact("model")) == (own or {"device_type": "cuda", "gpu_device_id": 0})
